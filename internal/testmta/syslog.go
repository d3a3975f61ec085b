//go:build linux

package testmta

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// syslog takes what programs say to syslog(3).
type syslog struct {
	conn *net.UnixConn
	done chan struct{}
	file string
}

func startSyslog(t testing.TB, path string) *syslog {
	t.Helper()
	os.Remove(path)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { // everybody may log
		t.Fatal(err)
	}
	s := &syslog{conn: conn, done: make(chan struct{}), file: filepath.Join(newDir(t, "log"), "syslog")}
	t.Cleanup(func() {
		conn.Close()
		<-s.done
	})
	go s.take()
	return s
}

func (s *syslog) take() {
	defer close(s.done)
	file, err := os.Create(s.file)
	if err != nil {
		return
	}
	defer file.Close()
	buf := make([]byte, 8192)
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			return
		}
		_, text, _ := bytes.Cut(buf[:n], []byte(">")) // the priority
		fmt.Fprintf(file, "%s\n", text)
	}
}

func (s *syslog) String() string {
	text, _ := os.ReadFile(s.file)
	return string(text)
}
