//go:build !linux

package milter

import "net"

// acknowledger is for Linux only.
func acknowledger(net.Conn) func() { return nil }
