package architecture

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// root is the top of the tree.
const root = "../.."

func TestTree(t *testing.T) {
	breaches, err := check(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
}

// TestRoomsExist fails for rules about rooms that do not exist: they would guard nothing.
func TestRoomsExist(t *testing.T) {
	tree := os.DirFS(root)
	exists := func(dir string) {
		if info, err := fs.Stat(tree, dir); err != nil || !info.IsDir() {
			t.Errorf("a rule speaks of %s, which is no directory", dir)
		}
	}
	for _, r := range rooms() {
		exists(r.dir)
		for _, i := range r.imports {
			exists(strings.TrimPrefix(i, "="))
		}
	}
}

// TestBreaches shows that each kind of breach is found, and that what is allowed is not.
func TestBreaches(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"policy imports a module", "policy/a.go", `import "golang.org/x/text/width"`, "nothing but the standard library"},
		{"below policy imports a module", "policy/mail/a.go", `import "golang.org/x/text/width"`, ""},
		{"the clever part of a module", "policy/mail/a.go", `import "golang.org/x/net/http2"`, "not in the table"},
		{"policy imports what is below", "policy/a.go", `import "sekimori/policy/mail"`, "nothing but the standard library"},
		{"policy imports a room", "policy/mail/a.go", `import "sekimori/milter"`, "policy may import policy"},
		{"below policy", "policy/mail/a.go", `import "sekimori/policy"`, ""},
		{"milter imports metrics", "milter/a.go", `import "sekimori/metrics"`, "milter may import policy"},
		{"metrics imports internal", "metrics/a.go", `import "sekimori/internal/dns"`, "metrics may import =policy"},
		{"metrics imports names", "metrics/a.go", `import ("sekimori/policy/drill"; "sekimori/policy/suspicion")`, ""},
		{"metrics imports what makes facts", "metrics/a.go", `import "sekimori/policy/bulletin"`, "metrics may import =policy"},
		{"a rule imports another", "policy/bulletin/a.go", `import "sekimori/policy/suspicion"`, "policy/bulletin may import =policy"},
		{"a rule imports its reader", "policy/suspicion/a.go", `import "sekimori/policy/mail/mime"`, ""},
		{"internal imports more than types", "internal/store/a.go", `import "sekimori/policy/mail"`, "internal may import =policy"},
		{"internal imports sideways", "internal/store/a.go", `import "sekimori/internal/dns"`, "internal may import =policy"},
		{"internal imports types", "internal/store/a.go", `import "sekimori/policy"`, ""},
		{"cmd imports all", "cmd/sekimori/a.go", `import ("sekimori/milter"; "sekimori/internal/dns"; "sekimori/policy/mail")`, ""},
		{"a new room", "web/a.go", `import "sekimori/policy"`, "no room is stated"},
		{"a wrong room for a dependency", "internal/dns/a.go", `import "github.com/emersion/go-milter"`, "only milter may"},
		{"an unknown dependency", "milter/a.go", `import "example.com/clever"`, "not in the table"},
		{"a part of a dependency", "metrics/a.go", `import "github.com/prometheus/client_golang/prometheus/promhttp"`, ""},
		{"a test", "policy/a_test.go", `import ("os"; "sekimori/milter")`, ""},
		{"testdata", "policy/testdata/a.go", `import "os"`, ""},
		{"a file", "policy/mail/a.go", `import "os"`, "reads no clock, file or socket"},
		{"a socket", "policy/auth/a.go", `import "net"`, "reads no clock, file or socket"},
		{"a server", "policy/auth/a.go", `import "net/http"`, "reads no clock, file or socket"},
		{"an address", "policy/auth/a.go", `import "net/netip"`, ""},
		{"a dice", "policy/a.go", `import "math/rand/v2"`, "draws no numbers"},
		{"a clock", "policy/a.go", "import \"time\"\nvar x = time.Now()", "looks at the clock: time.Now"},
		{"a clock as a value", "policy/a.go", "import \"time\"\nvar x = time.Since", "looks at the clock: time.Since"},
		{"a clock by another name", "policy/a.go", "import c \"time\"\nfunc f() { c.Sleep(1) }", "looks at the clock: time.Sleep"},
		{"a clock with a dot", "policy/a.go", "import . \"time\"\nvar x = Now()", "imports time with a dot"},
		{"a duration", "policy/a.go", "import \"time\"\nvar x = time.Second", ""},
		{"another Now", "policy/a.go", "var time struct{ Now int }\nvar x = time.Now", ""},
		{"a clock elsewhere", "milter/a.go", "import \"time\"\nvar x = time.Now()", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			breaches, err := check(fstest.MapFS{tt.file: {Data: []byte("package a\n" + tt.text + "\n")}})
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(breaches, "\n")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("found %q, wanted %q", got, tt.want)
			}
		})
	}
}
