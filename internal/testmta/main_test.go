//go:build linux && endtoend

package testmta

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if !Inside() {
		os.Exit(Enter())
	}
	if err := Setup(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
