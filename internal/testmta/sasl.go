//go:build linux

package testmta

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
)

// Password is the password of every user of the MTAs.
const Password = "kotoba"

// Users are the users of the MTAs.
func Users() []string { return []string{"hanako", "taro"} }

// serveSASL is the server's side of the Dovecot authentication protocol, as much as Postfix needs for AUTH PLAIN with
// an initial response. It returns when l is closed.
func serveSASL(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			fmt.Fprint(conn, "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t"+strings.Repeat("5e", 16)+"\nDONE\n")
			for in := bufio.NewScanner(conn); in.Scan(); {
				if answer := authenticate(in.Text()); answer != "" {
					fmt.Fprintln(conn, answer)
				}
			}
		}()
	}
}

// authenticate answers one request, "" where nothing is to be said.
func authenticate(request string) string {
	fields := strings.Split(request, "\t")
	if len(fields) < 3 || fields[0] != "AUTH" {
		return ""
	}
	for _, f := range fields[3:] {
		encoded, ok := strings.CutPrefix(f, "resp=")
		if !ok {
			continue
		}
		decoded, _ := base64.StdEncoding.DecodeString(encoded)
		if parts := bytes.Split(decoded, []byte{0}); len(parts) == 3 && string(parts[2]) == Password {
			for _, user := range Users() {
				if user == string(parts[1]) {
					return "OK\t" + fields[1] + "\tuser=" + user
				}
			}
		}
	}
	return "FAIL\t" + fields[1]
}
