package store

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// partVariable makes the test binary play a part in another process: one of parts.
const partVariable = "SEKIMORI_STORE_TEST_PART"

func TestMain(m *testing.M) {
	if part := os.Getenv(partVariable); part != "" {
		play, ok := parts()[part]
		if !ok {
			fmt.Fprintln(os.Stderr, "there is no part", part)
			os.Exit(2)
		}
		if err := play(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func parts() map[string]func(args []string) error {
	return map[string]func([]string) error{
		"add until killed":   addUntilKilled,
		"enter until killed": enterUntilKilled,
		"fill the disk":      fillTheDisk,
		"add all":            addAll,
	}
}

// another is a process that plays a part.
func another(t *testing.T, part string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), partVariable+"="+part)
	cmd.Stderr = &strings.Builder{}
	return cmd
}
