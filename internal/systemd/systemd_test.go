package systemd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// role tells a copy of the test binary to be the service.
const role = "SEKIMORI_TEST_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(role) != "" {
		os.Exit(service())
	}
	os.Exit(m.Run())
}

// service prints what was passed, answers one connection on each listener and ends.
func service() int {
	ls, err := Listeners()
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	for _, l := range ls {
		fmt.Println("listener", l.Addr())
	}
	again, err := Listeners()
	fmt.Println("again", len(again), err, os.Getenv("LISTEN_FDS"))
	if err := Notify("READY=1"); err != nil {
		fmt.Println("error:", err)
	}
	for _, l := range ls {
		conn, err := l.Accept()
		if err != nil {
			fmt.Println("error:", err)
			return 1
		}
		fmt.Fprintln(conn, "hello")
		conn.Close()
		l.Close()
	}
	return 0
}

func TestListenersRefuses(t *testing.T) {
	for _, tt := range []struct{ name, pid, fds, want string }{
		{"nothing", "", "", ""},
		{"another process", "1", "2", ""},
		{"no pid", "", "2", ""},
		{"nonsense", "me", "x", "LISTEN_FDS is"},
		{"negative", "me", "-1", "LISTEN_FDS is"},
		{"limit", "me", strconv.Itoa(MaxListeners + 1), "LISTEN_FDS is"},
		{"none", "me", "0", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.pid == "me" {
				tt.pid = strconv.Itoa(os.Getpid())
			}
			t.Setenv("LISTEN_PID", tt.pid)
			t.Setenv("LISTEN_FDS", tt.fds)
			ls, err := Listeners()
			if len(ls) > 0 || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%d listeners, %v", len(ls), err)
			}
		})
	}
}

// TestNotAListener passes a pipe and a listener: the pipe is named in the error.
func TestNotAListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	// the shell gives LISTEN_PID the number that the service will have
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), role+"=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=good:bad")
	cmd.ExtraFiles = []*os.File{f, w}
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), "error: socket 2 of 2 (bad) is no stream socket that listens") {
		t.Errorf("%v, printed %q", err, out)
	}
}

func TestNotify(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), "@sekimori-test-" + strconv.Itoa(os.Getpid())} {
		t.Run(name[:1], func(t *testing.T) {
			conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			t.Setenv("NOTIFY_SOCKET", name)
			if err := Notify("READY=1\nSTATUS=filtering"); err != nil {
				t.Fatal(err)
			}
			conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			buf := make([]byte, 100)
			n, err := conn.Read(buf)
			if err != nil || string(buf[:n]) != "READY=1\nSTATUS=filtering" {
				t.Errorf("%q %v", buf[:n], err)
			}
		})
	}
}

func TestNotifyWithoutManager(t *testing.T) {
	for _, tt := range []struct {
		socket string
		ok     bool
	}{{"", true}, {"relative", false}, {"/nonexistent/notify", false}} {
		t.Setenv("NOTIFY_SOCKET", tt.socket)
		if err := Notify("READY=1"); (err == nil) != tt.ok {
			t.Errorf("NOTIFY_SOCKET=%q: %v", tt.socket, err)
		}
	}
}

func TestWatchdog(t *testing.T) {
	me := strconv.Itoa(os.Getpid())
	for _, tt := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0}, {"30000000", "", 30 * time.Second}, {"30000000", me, 30 * time.Second}, {"30000000", "1", 0},
		{"0", me, 0}, {"-5", me, 0}, {"soon", me, 0},
		{"86400000000", me, 24 * time.Hour}, {"86400000001", me, 0}, {"99999999999999999999", me, 0},
	} {
		t.Setenv("WATCHDOG_USEC", tt.usec)
		t.Setenv("WATCHDOG_PID", tt.pid)
		if got := Watchdog(); got != tt.want {
			t.Errorf("WATCHDOG_USEC=%q WATCHDOG_PID=%q: %s, wanted %s", tt.usec, tt.pid, got, tt.want)
		}
	}
}

// TestReloading takes the time twice, 2 ms apart.
func TestReloading(t *testing.T) {
	usec := func() int64 {
		m := regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=(\d+)$`).FindStringSubmatch(Reloading())
		if m == nil {
			t.Fatalf("%q", Reloading())
		}
		n, _ := strconv.ParseInt(m[1], 10, 64)
		return n
	}
	before := usec()
	time.Sleep(2 * time.Millisecond)
	if passed := usec() - before; passed < 2000 || passed > time.Minute.Microseconds() {
		t.Errorf("%d µs passed", passed)
	}
}
