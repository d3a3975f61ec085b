package milter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// maxSocketPath is the longest path of a unix socket on Linux, in octets, without its NUL (unix(7)).
const maxSocketPath = 107

// listenUnix makes the socket for its owner alone, and opens it to others when its group is right.
func listenUnix(path string, mode fs.FileMode, group string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("%s: the path of a socket has at most %d octets, this one has %d",
			path, maxSocketPath, len(path))
	}
	gid := -1
	if group != "" {
		var err error
		if gid, err = groupID(group); err != nil {
			return nil, fmt.Errorf("listening at %s: %w", path, err)
		}
	}
	if err := vacate(path); err != nil {
		return nil, err
	}
	// What is bound takes the mode that the socket has at that moment.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		if err := c.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) }); err != nil {
			return err
		}
		return failed
	}}
	ln, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	l := &unixListener{UnixListener: ln.(*net.UnixListener), path: path}
	l.SetUnlinkOnClose(false)
	if l.info, err = furnish(path, mode, gid); err != nil {
		_ = os.Remove(path)
		_ = l.UnixListener.Close()
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	return l, nil
}

// vacate takes a socket away that its owner left behind. It returns an error where path cannot be taken.
func vacate(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		dir := filepath.Dir(path)
		if _, err := os.Stat(dir); err != nil {
			return fmt.Errorf("listening at %s: the directory %s cannot be used: %w", path, dir, err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("listening at %s: %w", path, err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("listening at %s: there is a file of that name, and it is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		_ = conn.Close()
		return fmt.Errorf("listening at %s: another process listens there", path)
	case errors.Is(err, syscall.ECONNREFUSED):
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("listening at %s: a socket is left over there: %w", path, err)
		}
		return nil
	}
	return fmt.Errorf("listening at %s: the socket there may be in use: %w", path, err)
}

func furnish(path string, mode fs.FileMode, gid int) (fs.FileInfo, error) {
	if gid >= 0 {
		if err := os.Chown(path, -1, gid); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(path, mode.Perm()); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

func groupID(group string) (int, error) {
	if n, err := strconv.ParseUint(group, 10, 31); err == nil {
		return int(n), nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}

// unixListener is a unix socket that does not take away its successor.
type unixListener struct {
	*net.UnixListener
	path string
	info fs.FileInfo
}

// Close stops listening and takes the socket away, unless another one stands there by now.
func (l *unixListener) Close() error {
	// A file that is made soon after another was taken away may have its inode number, but not its time.
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.info) && now.ModTime().Equal(l.info.ModTime()) {
		_ = os.Remove(l.path)
	}
	return l.UnixListener.Close()
}
