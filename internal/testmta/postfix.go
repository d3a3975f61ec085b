//go:build linux

package testmta

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sekimori/internal/scenario"
)

// PostfixInstance is a private Postfix.
type PostfixInstance struct {
	dir    string
	config Config
	sink   *Sink
}

// master is Postfix's first process, which needs neither postfix(1) nor the system's own configuration.
const master = "/usr/lib/postfix/sbin/master"

// StartPostfix starts a Postfix that ends with the test. It is up in about 0.1 s.
func StartPostfix(t testing.TB, c Config) *PostfixInstance {
	t.Helper()
	need(t, master, "the Debian package postfix")
	c.addresses(t)
	p := &PostfixInstance{dir: newDir(t, "pf", "etc", "queue", "data", "log"), config: c}
	p.sink = startSink(t)
	sasl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sasl.Close() })
	go serveSASL(sasl)
	if err := writeCertificate(filepath.Join(p.dir, "etc")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.dir, "etc"), map[string]string{
		"main.cf":   p.mainCF(t, sasl.Addr().String()),
		"master.cf": p.masterCF(),
	})
	p.queue(t)
	cmd := exec.Command(master, "-c", filepath.Join(p.dir, "etc"), "-s") // in the foreground
	cmd.Env = append(os.Environ(), "MAIL_CONFIG="+filepath.Join(p.dir, "etc"))
	run(t, cmd, netip.AddrPortFrom(c.Addr, 25), p.Log)
	return p
}

func startSink(t testing.TB) *Sink {
	t.Helper()
	sink, err := StartSink("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

func (p *PostfixInstance) mainCF(t testing.TB, sasl string) string {
	interfaces := p.config.Addr.String()
	if p.config.Addr6.IsValid() {
		interfaces += " " + p.config.Addr6.String()
	}
	base := []string{
		"compatibility_level = 3.6",
		"config_directory = " + p.dir + "/etc",
		"queue_directory = " + p.dir + "/queue",
		"data_directory = " + p.dir + "/data",
		"command_directory = /usr/sbin",
		"daemon_directory = /usr/lib/postfix/sbin",
		"shlib_directory = /usr/lib/postfix",
		"maillog_file = " + p.dir + "/log/maillog",
		"maillog_file_prefixes = " + p.dir,
		"inet_interfaces = " + interfaces,
		"inet_protocols = all",
		"myhostname = " + HostName,
		"myorigin = gw.test",
		"mydestination =",
		"mynetworks = 192.0.2.0/24 127.0.0.0/8",
		"relay_domains = gw.test",
		"alias_maps =",
		"local_recipient_maps =",
		"local_header_rewrite_clients =",
		// everything goes to the sink
		"default_transport = lmtp:inet:" + p.sink.Addr(),
		"relay_transport = $default_transport",
		"local_transport = $default_transport",
		"smtp_host_lookup = native",
		"hash_queue_names = defer", // the others flat, so that a queue file is easily found
		"smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated reject_unauth_destination",
		"smtpd_recipient_restrictions = check_recipient_access inline:{ {nobody@gw.test = 550 5.1.1 no such user} }",
		"smtpd_sasl_auth_enable = yes",
		"smtpd_sasl_type = dovecot",
		"smtpd_sasl_path = inet:" + sasl,
		"smtpd_tls_security_level = may",
		"smtpd_tls_cert_file = " + p.dir + "/etc/cert.pem",
		"smtpd_tls_key_file = " + p.dir + "/etc/key.pem",
		"smtpd_tls_received_header = yes",
		// no waiting in tests
		"smtpd_client_connection_count_limit = 0",
		"smtpd_error_sleep_time = 0s",
		"smtpd_soft_error_limit = 10000",
		"smtpd_hard_error_limit = 10000",
		"in_flow_delay = 0s",
		"queue_run_delay = 2s",
		"minimal_backoff_time = 2s",
		"maximal_backoff_time = 4s",
	}
	return strings.Join(base, "\n") + "\n" + p.config.snippet(t, "inet:127.0.0.1:8891")
}

func (p *PostfixInstance) masterCF() string {
	lines, chroot := []string{}, "n"
	if p.config.Chroot {
		chroot = "y"
	}
	for _, port := range []string{"25", "587"} {
		lines = append(lines, p.config.Addr.String()+":"+port+" inet n - "+chroot+" - - smtpd")
		if p.config.Addr6.IsValid() {
			lines = append(lines, "["+p.config.Addr6.String()+"]:"+port+" inet n - "+chroot+" - - smtpd")
		}
	}
	// name type private unpriv chroot wakeup maxproc command
	lines = append(lines,
		"pickup unix n - n 1 1 pickup",
		"cleanup unix n - "+chroot+" - 0 cleanup",
		"qmgr unix n - n 300 1 qmgr",
		"tlsmgr unix - - n 1000? 1 tlsmgr",
		"rewrite unix - - n - - trivial-rewrite",
		"bounce unix - - n - 0 bounce",
		"defer unix - - n - 0 bounce",
		"trace unix - - n - 0 bounce",
		"verify unix - - n - 1 verify",
		"flush unix n - n 1000? 0 flush",
		"proxymap unix - - n - - proxymap",
		"proxywrite unix - - n - 1 proxymap",
		"showq unix n - n - - showq",
		"error unix - - n - - error",
		"retry unix - - n - - error",
		"discard unix - - n - - discard",
		"lmtp unix - - n - - lmtp",
		"anvil unix - - n - 1 anvil",
		"scache unix - - n - 1 scache",
		"postlog unix-dgram n - n - 1 postlogd",
	)
	return strings.Join(lines, "\n") + "\n"
}

// queue makes the directories that `postfix check` would make, which takes a second.
func (p *PostfixInstance) queue(t testing.TB) {
	t.Helper()
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	drop, err := user.LookupGroup("postdrop")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid) // numbers on Linux
	gid, _ := strconv.Atoi(drop.Gid)
	own := func(name string, group int, mode os.FileMode) {
		path := filepath.Join(p.dir, name)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, uid, group); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
		"saved", "trace"} {
		own("queue/"+name, -1, 0o700)
	}
	own("queue/maildrop", gid, 0o730)
	own("queue/public", gid, 0o710)
	own("data", -1, 0o700)
	if err := os.Mkdir(filepath.Join(p.dir, "queue/pid"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// Target returns scenario.Postfix.
func (p *PostfixInstance) Target() scenario.Target { return scenario.Postfix }

// Sink returns where its mail arrives.
func (p *PostfixInstance) Sink() *Sink { return p.sink }

// QueueDir returns the queue directory, the root of everything that runs chrooted.
func (p *PostfixInstance) QueueDir() string { return filepath.Join(p.dir, "queue") }

// Server returns where a client of that address connects to.
func (p *PostfixInstance) Server(client netip.Addr, port uint16) netip.AddrPort {
	return p.config.server(client, port)
}

func (c Config) server(client netip.Addr, port uint16) netip.AddrPort {
	if client.Is6() {
		return netip.AddrPortFrom(c.Addr6, port)
	}
	return netip.AddrPortFrom(c.Addr, port)
}

// Submit hands a message in by sendmail(1), which leaves it in the maildrop queue for the pickup service.
func (p *PostfixInstance) Submit(ctx context.Context, sender string, to []string, mail []byte) error {
	return sendmail(ctx, exec.CommandContext(ctx, "/usr/sbin/sendmail",
		append([]string{"-C", filepath.Join(p.dir, "etc"), "-i", "-f", sender, "--"}, to...)...), mail)
}

// sendmail feeds a message to a sendmail(1) command, with LF line ends as local programs write them.
func sendmail(ctx context.Context, cmd *exec.Cmd, mail []byte) error {
	cmd.Stdin = bytes.NewReader(bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n")))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		return fmt.Errorf("%s: %v: %s", strings.Join(cmd.Args, " "), err, out)
	}
	return ctx.Err()
}

// Queued looks for the queue file.
func (p *PostfixInstance) Queued(id string) bool {
	for _, queue := range []string{"incoming", "active", "deferred", "hold"} {
		if _, err := os.Stat(filepath.Join(p.dir, "queue", queue, id)); err == nil {
			return true
		}
	}
	return false
}

// Held returns the header of a message in the hold queue.
func (p *PostfixInstance) Held(id string) ([]byte, bool) {
	if _, err := os.Stat(filepath.Join(p.dir, "queue/hold", id)); err != nil {
		return nil, false
	}
	header, err := exec.Command("postcat", "-c", filepath.Join(p.dir, "etc"), "-h", "-q", id).Output()
	return header, err == nil
}

// Discarded counts what cleanup says.
func (p *PostfixInstance) Discarded() int { return strings.Count(p.Log(), ": milter-discard: ") }

// Log returns the mail log so far.
func (p *PostfixInstance) Log() string {
	log, err := os.ReadFile(filepath.Join(p.dir, "log/maillog"))
	if err != nil { // a fatal error before postlogd is up is written nowhere
		out, _ := exec.Command("postfix", "-c", filepath.Join(p.dir, "etc"), "check").CombinedOutput()
		return err.Error() + "\n" + string(out)
	}
	return string(log)
}
