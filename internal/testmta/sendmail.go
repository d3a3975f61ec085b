//go:build linux

package testmta

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"sekimori/internal/scenario"
)

// SendmailInstance is a private Sendmail.
type SendmailInstance struct {
	dir    string
	root   string
	config Config
	sink   *Sink
	syslog *syslog
}

// SendmailRoot returns where the packages of Sendmail lie unpacked: below the user's cache directory, where
// `make test-setup` puts them, or where the environment variable SEKIMORI_SENDMAIL says.
func SendmailRoot() string {
	if root := os.Getenv("SEKIMORI_SENDMAIL"); root != "" {
		return root
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = "/var/cache"
	}
	return filepath.Join(cache, "sekimori", "sendmail")
}

// devLog is held by the test whose Sendmail says what it does to /dev/log, of which a namespace has one.
var devLog sync.Mutex

// StartSendmail starts a Sendmail that ends with the test. Only one runs at a time in one namespace, because there is one /dev/log:
// another test waits until this one has ended, and a test that starts two waits for ever.
func StartSendmail(t testing.TB, c Config) *SendmailInstance {
	t.Helper()
	s := &SendmailInstance{root: SendmailRoot(), config: c}
	need(t, s.program("sendmail"), "the unpacked Debian packages sendmail-bin, sendmail-cf and sendmail-base")
	need(t, "m4", "the Debian package m4")
	need(t, "saslpasswd2", "the Debian package sasl2-bin")
	c.addresses(t)
	s.dir = newDir(t, "sm", "etc", "queue", "client")
	s.sink = startSink(t)
	devLog.Lock()
	t.Cleanup(devLog.Unlock)
	s.syslog = startSyslog(t, "/dev/log")
	s.queues(t)
	if err := writeCertificate(filepath.Join(s.dir, "etc")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.dir, "etc"), map[string]string{
		"service.switch": "passwd files\nhosts files dns\naliases files\n",
		"aliases":        "", "local-host-names": "", "trusted-users": "root\n",
		"relay-domains": "gw.test\n",
		"access":        "To:nobody@gw.test\t550 5.1.1 no such user\nConnect:192.0.2\tRELAY\nConnect:127\tRELAY\n",
		"daemon.mc":     s.daemonMC(t),
		"submit.mc":     s.submitMC(),
	})
	s.m4(t, "daemon")
	s.m4(t, "submit")
	s.makemap(t)
	s.sasl(t)
	cmd := exec.Command(s.program("sendmail"), "-C", filepath.Join(s.dir, "etc/daemon.cf"), "-bD", "-q2s")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	run(t, cmd, netip.AddrPortFrom(c.Addr, 25), func() string { return s.Log() + out.String() })
	return s
}

func (s *SendmailInstance) program(name string) string {
	return filepath.Join(s.root, "usr/libexec/sendmail", name)
}

// head begins a configuration in m4: where things are and no waiting.
func (s *SendmailInstance) head() []string {
	cf := filepath.Join(s.root, "usr/share/sendmail/cf") + "/"
	return []string{
		"divert(-1)dnl",
		"define(`_CF_DIR_', `" + cf + "')dnl",
		"include(`" + cf + "m4/cf.m4')dnl",
		"divert(0)dnl",
		"OSTYPE(`linux')",
		"define(`MAIL_SETTINGS_DIR', `" + s.dir + "/etc/')dnl",
		"define(`confDOMAIN_NAME', `" + HostName + "')dnl",
		"define(`confDONT_PROBE_INTERFACES', `True')dnl",
		"define(`confSERVICE_SWITCH_FILE', `" + s.dir + "/etc/service.switch')dnl",
		"define(`confTO_IDENT', `0')dnl",
		"define(`confTO_ICONNECT', `5s')dnl",
		"define(`confDELIVERY_MODE', `i')dnl",
		"define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')dnl",
		// a busy machine must not make it refuse or delay
		"define(`confREFUSE_LA', `9999')dnl",
		"define(`confQUEUE_LA', `9999')dnl",
		"define(`confDELAY_LA', `0')dnl",
	}
}

func (s *SendmailInstance) daemonMC(t testing.TB) string {
	sink := netip.MustParseAddrPort(s.sink.Addr())
	define := func(name, value string) string { return "define(`" + name + "', `" + value + "')dnl" }
	lines := append(s.head(),
		define("confPID_FILE", s.dir+"/daemon.pid"),
		define("QUEUE_DIR", s.dir+"/queue"),
		define("STATUS_FILE", s.dir+"/etc/statistics"),
		define("ALIAS_FILE", s.dir+"/etc/aliases"),
		define("confCW_FILE", s.dir+"/etc/local-host-names"),
		define("confCT_FILE", s.dir+"/etc/trusted-users"),
		define("confCR_FILE", "-o "+s.dir+"/etc/relay-domains"),
		define("confCONTROL_SOCKET_NAME", s.dir+"/control"),
		define("confLOG_LEVEL", "12"),
		define("confMIN_QUEUE_AGE", "0"),
		define("confMAX_MESSAGE_SIZE", "10240000"),
		define("confCACERT_PATH", s.dir+"/etc"),
		define("confCACERT", s.dir+"/etc/cert.pem"),
		define("confSERVER_CERT", s.dir+"/etc/cert.pem"),
		define("confSERVER_KEY", s.dir+"/etc/key.pem"),
		define("confTLS_SRV_OPTIONS", "V"),
		define("confAUTH_MECHANISMS", "PLAIN"),
		"TRUST_AUTH_MECH(`PLAIN')dnl",
		"FEATURE(`nocanonify')dnl",
		"FEATURE(`accept_unresolvable_domains')dnl",
		"FEATURE(`access_db', `hash -T<TMPF> -o "+s.dir+"/etc/access')dnl",
		"FEATURE(`blocklist_recipients')dnl",
		"FEATURE(`no_default_msa')dnl",
		// everything goes to the sink
		define("RELAY_MAILER_ARGS", fmt.Sprintf("TCP $h %d", sink.Port())),
		define("ESMTP_MAILER_ARGS", fmt.Sprintf("TCP $h %d", sink.Port())),
		define("SMART_HOST", "relay:["+sink.Addr().String()+"]"),
		define("MAIL_HUB", "relay:["+sink.Addr().String()+"]"),
	)
	for _, port := range []string{"25", "587"} {
		lines = append(lines, "DAEMON_OPTIONS(`Name=mta"+port+", Port="+port+", Addr="+s.config.Addr.String()+", Family=inet')dnl")
		if s.config.Addr6.IsValid() {
			lines = append(lines, "DAEMON_OPTIONS(`Name=mta6"+port+", Port="+port+", Addr="+s.config.Addr6.String()+", Family=inet6')dnl")
		}
	}
	lines = append(lines, strings.TrimSpace(s.config.snippet(t, "inet:8891@127.0.0.1")), "MAILER(`local')dnl", "MAILER(`smtp')dnl")
	return strings.Join(lines, "\n") + "\n"
}

// submitUser runs sendmail(1): any user that is not root and that every Debian has.
const submitUser = "mail"

// submitMC configures sendmail(1), which hands over to the daemon by SMTP.
func (s *SendmailInstance) submitMC() string {
	return strings.Join(append(s.head(),
		"define(`confPID_FILE', `"+s.dir+"/client.pid')dnl",
		"define(`MSP_QUEUE_DIR', `"+s.dir+"/client')dnl",
		"define(`MSP_STATUS_FILE', `"+s.dir+"/client/statistics')dnl",
		"define(`confCT_FILE', `"+s.dir+"/etc/trusted-users')dnl",
		"define(`confRUN_AS_USER', `"+submitUser+"')dnl", // it refuses to run as root
		"FEATURE(`use_ct_file')dnl",
		"FEATURE(`nocanonify')dnl",
		"FEATURE(`msp', `["+s.config.Addr.String()+"]', `25')dnl",
	), "\n") + "\n"
}

// queues gives each queue to its owner.
func (s *SendmailInstance) queues(t testing.TB) {
	t.Helper()
	if err := os.Chmod(filepath.Join(s.dir, "queue"), 0o700); err != nil {
		t.Fatal(err)
	}
	owner, err := user.Lookup(submitUser)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid) // numbers on Linux
	gid, _ := strconv.Atoi(owner.Gid)
	if err := os.Chown(filepath.Join(s.dir, "client"), uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(s.dir, "client"), 0o770); err != nil {
		t.Fatal(err)
	}
}

// m4 turns name.mc into name.cf.
func (s *SendmailInstance) m4(t testing.TB, name string) {
	t.Helper()
	cmd := exec.Command("m4", name+".mc")
	cmd.Dir = filepath.Join(s.dir, "etc")
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil || wrong.Len() > 0 {
		t.Fatalf("m4 %s.mc: %v\n%s", name, err, wrong.String())
	}
	write(t, cmd.Dir, map[string]string{name + ".cf": string(out)})
}

// makemap turns the access table into a database.
func (s *SendmailInstance) makemap(t testing.TB) {
	t.Helper()
	access := filepath.Join(s.dir, "etc/access")
	in, err := os.Open(access)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.Command(s.program("makemap"), "-C", filepath.Join(s.dir, "etc/daemon.cf"), "hash", access)
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("makemap: %v\n%s", err, out)
	}
}

// sasl makes the users known and covers the directory of the SASL library by a copy that holds Sendmail.conf: the
// only place where Debian's Sendmail looks for it.
func (s *SendmailInstance) sasl(t testing.TB) {
	t.Helper()
	db := filepath.Join(s.dir, "etc/sasldb2")
	for _, user := range Users() {
		cmd := exec.Command("saslpasswd2", "-f", db, "-c", "-p", "-u", HostName, user)
		cmd.Stdin = strings.NewReader(Password)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("saslpasswd2: %v\n%s", err, out)
		}
	}
	dirs, _ := filepath.Glob("/usr/lib/*/sasl2")
	if len(dirs) != 1 {
		t.Fatalf("the directory of SASL plug-ins is one of %q: install the Debian packages libsasl2-modules and libsasl2-modules-db", dirs)
	}
	dir := filepath.Join(s.dir, "sasl2")
	if err := os.CopyFS(dir, os.DirFS(dirs[0])); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"Sendmail.conf": "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: " + db + "\nmech_list: PLAIN\n"})
	if err := syscall.Mount(dir, dirs[0], "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dirs[0], syscall.MNT_DETACH) })
}

// Target returns scenario.Sendmail.
func (s *SendmailInstance) Target() scenario.Target { return scenario.Sendmail }

// Sink returns where its mail arrives.
func (s *SendmailInstance) Sink() *Sink { return s.sink }

// Server returns where a client of that address connects to.
func (s *SendmailInstance) Server(client netip.Addr, port uint16) netip.AddrPort {
	return s.config.server(client, port)
}

// Submit hands a message in by sendmail(1) with the configuration of the mail submission program.
func (s *SendmailInstance) Submit(ctx context.Context, sender string, to []string, mail []byte) error {
	return sendmail(ctx, exec.CommandContext(ctx, s.program("sendmail"),
		append([]string{"-Ac", "-C", filepath.Join(s.dir, "etc/submit.cf"), "-i", "-f", sender, "--"}, to...)...), mail)
}

// Queued looks for the control file, under each of the names it can have.
func (s *SendmailInstance) Queued(id string) bool {
	for _, prefix := range []string{"qf", "Qf", "hf", "tf", "df"} {
		if _, err := os.Stat(filepath.Join(s.dir, "queue", prefix+id)); err == nil {
			return true
		}
	}
	return false
}

// Held returns the header of a quarantined message, read from its queue file.
func (s *SendmailInstance) Held(id string) ([]byte, bool) {
	control, err := os.ReadFile(filepath.Join(s.dir, "queue", "hf"+id))
	if err != nil {
		return nil, false
	}
	var header bytes.Buffer
	in := false
	for line := range strings.Lines(string(control)) {
		switch {
		case strings.HasPrefix(line, "H?"): // H?flags?Name: value
			_, field, _ := strings.Cut(line[2:], "?")
			header.WriteString(field)
			in = true
		case in && (line[0] == ' ' || line[0] == '\t'):
			header.WriteString(line)
		default:
			in = false
		}
	}
	return header.Bytes(), true
}

// Discarded counts what the daemon says.
func (s *SendmailInstance) Discarded() int { return strings.Count(s.Log(), ": Milter: data, discard") }

// Log returns what Sendmail has logged so far.
func (s *SendmailInstance) Log() string { return s.syslog.String() }
