package milter

import (
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

// maxSocketPath is the longest path of a unix socket on Linux, without its NUL, less what a name in the making adds.
const maxSocketPath = 107 - len(unfinished)

// unfinished ends the name of a socket that has not got its mode and group yet.
const unfinished = ".new"

// listenUnix makes the socket under another name, gives it mode and group and moves it to its place: whoever finds it
// there finds it finished, and a dead one is replaced in one step.
func listenUnix(path string, mode fs.FileMode, group string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("%s: the path of a socket has at most %d octets, this one has %d", path, maxSocketPath, len(path))
	}
	if err := vacant(path); err != nil {
		return nil, err
	}
	gid := -1
	if group != "" {
		var err error
		if gid, err = groupID(group); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	temporary := path + unfinished
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	ln.SetUnlinkOnClose(false)
	info, err := furnish(temporary, mode, gid)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = ln.Close()
		_ = os.Remove(temporary)
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	return &unixListener{UnixListener: ln, path: path, info: info}, nil
}

// vacant reports as an error why path cannot be taken.
func vacant(path string) error {
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
		return nil // its owner has gone
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

// unixListener is a unix socket that stands at another path than it was made at.
type unixListener struct {
	*net.UnixListener
	path string
	info fs.FileInfo
}

// Addr returns where the socket stands.
func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// Close stops listening and takes the socket away, unless another one stands there by now.
func (l *unixListener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.info) {
		_ = os.Remove(l.path)
	}
	return l.UnixListener.Close()
}
