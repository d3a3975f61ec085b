// Package systemd speaks with the service manager: it takes the sockets that were passed, says how the service is, and
// tells how often the watchdog wants to hear of it. Where there is no service manager every function says so by its
// zero result. It decides nothing about the service.
package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// firstFD is the first descriptor that is passed (SD_LISTEN_FDS_START of sd_listen_fds(3)).
const firstFD = 3

// MaxListeners is how many sockets are taken. More are an error: a descriptor table does not grow by mistake.
const MaxListeners = 64

// Listeners returns the stream sockets that socket activation passed to this process (sd_listen_fds(3)), in the order
// of the units, and none when there are none or when they are meant for another process. Each socket can be taken
// once: the environment variables that announce them are removed. A descriptor that is no listening stream socket is
// an error that names it; the others are closed then.
func Listeners() ([]net.Listener, error) {
	pid, count, names := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		os.Unsetenv(name)
	}
	if count == "" || pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > MaxListeners {
		return nil, fmt.Errorf("LISTEN_FDS is %q, possible are 0 to %d", count, MaxListeners)
	}
	return take(n, strings.Split(names, ":"))
}

// take turns the descriptors from firstFD on into listeners.
func take(n int, names []string) ([]net.Listener, error) {
	var listeners []net.Listener
	var wrong error
	for i := range n {
		name := "unknown"
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		fd := firstFD + i
		syscall.CloseOnExec(fd)
		f := os.NewFile(uintptr(fd), name)
		l, err := net.FileListener(f) // works on a copy of the descriptor
		f.Close()
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("socket %d of %d (%s) is no stream socket that listens: %w", i+1, n, name, err))
			continue
		}
		if u, ok := l.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false) // the file belongs to the service manager
		}
		listeners = append(listeners, l)
	}
	if wrong != nil {
		for _, l := range listeners {
			l.Close()
		}
		return nil, wrong
	}
	return listeners, nil
}

// Notify sends a state to the service manager (sd_notify(3)), such as "READY=1" or "STATUS=filtering"; several lines
// are separated by LF. Without a service manager it does nothing.
func Notify(state string) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	if path[0] != '/' && path[0] != '@' { // @ is a name in the abstract space, which Go spells the same
		return fmt.Errorf("notify the service manager: NOTIFY_SOCKET %q is no path", path)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	return nil
}

// Watchdog returns how long the service may stay silent (sd_watchdog_enabled(3)); "WATCHDOG=1" is to be sent at half of
// it. 0 means that nobody watches.
func Watchdog() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 || usec > int64(24*time.Hour/time.Microsecond) {
		return 0
	}
	return time.Duration(usec) * time.Microsecond
}
