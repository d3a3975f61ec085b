//go:build !linux

package systemd

// Reloading returns the state that announces a reload.
func Reloading() string { return "RELOADING=1" }
