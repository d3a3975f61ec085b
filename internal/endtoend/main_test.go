//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sekimori/internal/testmta"
)

// binaryVariable tells the tests inside the namespaces where sekimori is.
const binaryVariable = "SEKIMORI_TEST_BINARY"

func binary() string { return os.Getenv(binaryVariable) }

// TestMain builds sekimori outside, where the caches are, unless it is there already, and runs the tests inside.
func TestMain(m *testing.M) {
	if testmta.Inside() {
		if err := testmta.Setup(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if binary() != "" {
		os.Exit(testmta.Enter())
	}
	dir, err := os.MkdirTemp("", "sekimori-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	path := filepath.Join(dir, "sekimori")
	if err := build(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	status := testmta.Enter(binaryVariable + "=" + path)
	os.RemoveAll(dir)
	os.Exit(status)
}

// build builds sekimori with the race detector, and without it where there is no C compiler.
func build(path string) error {
	var wrong bytes.Buffer
	for _, flags := range [][]string{{"-race"}, nil} {
		cmd := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), "sekimori/cmd/sekimori")...)
		out, err := cmd.CombinedOutput()
		if err == nil {
			return nil
		}
		fmt.Fprintf(&wrong, "%v: %v\n%s", cmd.Args, err, out)
	}
	return fmt.Errorf("build sekimori: %s", &wrong)
}
