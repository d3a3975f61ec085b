package systemd

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Reloading returns the state that announces a reload, with the monotonic time that Type=notify-reload asks for. A
// "READY=1" has to follow when the reload is over.
func Reloading() string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return "RELOADING=1"
	}
	return fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", time.Duration(now.Nano()).Microseconds())
}
