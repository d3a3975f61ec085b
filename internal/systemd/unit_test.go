//go:build linux && endtoend

package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The files that an administrator installs.
const (
	unitDir      = "../../systemd"
	sysusersFile = unitDir + "/sysusers.d/sekimori.conf"
	tmpfilesFile = unitDir + "/tmpfiles.d/sekimori.conf"
)

// maxExposure is ten times the exposure that `systemd-analyze security` may find: 2.0 is OK in its words.
const maxExposure = "20"

// units copies the units to a directory, with a program that exists in the place of sekimori.
func units(t *testing.T) (service, socket string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"sekimori.service", "sekimori.socket"} {
		text, err := os.ReadFile(filepath.Join(unitDir, name))
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), "/usr/bin/sekimori", "/bin/true", 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "sekimori.service"), filepath.Join(dir, "sekimori.socket")
}

func TestUnitsVerify(t *testing.T) {
	service, socket := units(t)
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", service, socket).CombinedOutput()
	if err != nil || strings.Contains(string(out), "sekimori") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

func TestUnitExposure(t *testing.T) {
	service, _ := units(t)
	out, err := exec.Command("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold="+maxExposure, service).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
	t.Log(regexp.MustCompile(`Overall exposure.*`).FindString(string(out)))
}

// TestAccount lets systemd-sysusers and systemd-tmpfiles work on an empty tree.
func TestAccount(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"systemd-sysusers", "--root=" + root, sysusersFile},
		{"systemd-tmpfiles", "--root=" + root, "--create", tmpfilesFile},
	} {
		for i, a := range args {
			if strings.HasPrefix(a, unitDir) {
				abs, err := filepath.Abs(a)
				if err != nil {
					t.Fatal(err)
				}
				args[i] = abs
			}
		}
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil || !regexp.MustCompile(`(?m)^sekimori:.*:/:.*nologin$`).Match(passwd) {
		t.Errorf("the account is %q %v", passwd, err)
	}
	if info, err := os.Stat(filepath.Join(root, "run/sekimori")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("/run/sekimori: %v %v", info, err)
	}
}
