package policyfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// asked notes which files are asked for.
type asked struct {
	disk
	names   []string
	secrets []string
	most    map[string]int64
}

func (a *asked) ReadFile(name string, most int64) ([]byte, error) {
	a.names = append(a.names, name)
	a.most[name] = most
	return a.disk.ReadFile(name, most)
}

func (a *asked) ReadSecret(name string, most int64) ([]byte, error) {
	a.secrets = append(a.secrets, name)
	return a.disk.ReadFile(name, most)
}

// Names of files are taken from the directory of the policy file, each file is read once, and keys are read as secrets.
func TestNamesOfFiles(t *testing.T) {
	for _, x := range []struct{ policy, want string }{
		{"policy.toml", "alerts/1.csv, /etc/b.csv, b.csv"},
		{"/etc/sekimori/policy.toml", "/etc/sekimori/alerts/1.csv, /etc/b.csv, /etc/sekimori/b.csv"},
		{"conf/policy.toml", "conf/alerts/1.csv, /etc/b.csv, conf/b.csv"},
		{"../policy.toml", "../alerts/1.csv, /etc/b.csv, ../b.csv"},
	} {
		a := &asked{disk: disk{}, most: map[string]int64{}}
		file := ""
		for i, name := range []string{"alerts/1.csv", "/etc/b.csv", "./b.csv", "alerts/1.csv"} {
			file += fmt.Sprintf("[[bulletin]]\nname = \"b%d\"\nfile = %q\n", i, name)
		}
		if _, problems := ReadAt(x.policy, []byte(file), time.Time{}, a); len(problems) != 4 {
			t.Errorf("%s", problems)
		}
		if got := strings.Join(a.names, ", "); got != x.want {
			t.Errorf("%s: asked for %s, wanted %s", x.policy, got, x.want)
		}
	}
	a := &asked{disk: everyFile(), most: map[string]int64{}}
	if _, problems := ReadAt("policy.toml", []byte(everyKey), time.Time{}, a); problems.Failed() {
		t.Errorf("%s", problems)
	}
	if got, want := strings.Join(a.secrets, ", "), "/etc/sekimori/drill/1.key, /etc/sekimori/drill/1b.key"; got != want {
		t.Errorf("secrets: %s, wanted %s", got, want)
	}
	if len(a.names) != 8 {
		t.Errorf("asked for %q", a.names)
	}
	if got := a.most["lists/people.tsv"]; got != suspicion.MaxListOctets {
		t.Errorf("a list may have %d octets", got)
	}
}

// A file that is named as a list and as a key is asked for as each, and what is wrong with it as a list does not hide the rest.
func TestAFileOfTwoKinds(t *testing.T) {
	a := &asked{disk: disk{"k": "财 务", "b": "type,value\ndomain,jp\n"}, most: map[string]int64{}}
	_, problems := ReadAt("f", []byte("[suspicion.lists]\nfreemail_file = \"k\"\nshorteners_file = \"b\"\n[[bulletin]]\nname = \"a\"\nfile = \"b\"\n"+
		"[[drill]]\nname = \"a\"\n[[drill.round]]\nround = 1\n"+aRound+"recognise.key_files.1 = \"k\"\n"), time.Time{}, a)
	if len(a.names) != 3 || len(a.secrets) != 1 {
		t.Errorf("asked for %q and %q", a.names, a.secrets)
	}
	for _, want := range []string{"k:1:1: ", "b:1:1: ", "b:2:8: jp is a public suffix", "octets, at least 32 are needed"} {
		if !strings.Contains(problems.String(), want) {
			t.Errorf("%q is missing: %s", want, problems)
		}
	}
}

// A list of nothing is no list that is missing: it switches its indicators off, and does not bring back what is shipped.
func TestEmptyList(t *testing.T) {
	p, problems := ReadAt("f", []byte("[suspicion.lists]\nfreemail_file = \"a\""), time.Time{}, disk{"a": "# nothing\n"})
	if p == nil || p.Suspicion.Lists.Freemail == nil || len(p.Suspicion.Lists.Freemail) != 0 {
		t.Errorf("%+v: %s", p, problems)
	}
}

// Without files nothing of them is wrong, lists are those shipped, and bulletins are empty.
func TestReadWithoutFiles(t *testing.T) {
	p, problems := Read("policy.toml", []byte(everyKey))
	if problems.Failed() {
		t.Fatalf("%s", problems)
	}
	if l := p.Suspicion.Lists; l.Freemail != nil || l.Organisations != nil || len(l.People) != 1 {
		t.Errorf("%+v", l)
	}
	if len(p.Bulletins) != 2 || p.Bulletins[0].Indicators != nil || len(p.Drills[0].Rounds[0].Recognition.Keys) != 0 {
		t.Errorf("%+v", p.Bulletins)
	}
}

func TestFilesAreBounded(t *testing.T) {
	key := func(n int) string {
		var b strings.Builder
		b.WriteString("[[drill]]\nname = \"a\"\n[[drill.round]]\nround = 1\n" + aRound)
		for i := range n {
			fmt.Fprintf(&b, "recognise.key_files.k%d = \"%d.key\"\n", i, i)
		}
		return b.String()
	}
	files := disk{}
	for i := range maxFiles + 1 {
		files[fmt.Sprintf("%d.key", i)] = strings.Repeat("k", 32)
	}
	if _, problems := ReadAt("f", []byte(key(maxFiles)), time.Time{}, files); problems.Failed() {
		t.Errorf("refused: %.300s", problems)
	}
	if _, problems := ReadAt("f", []byte(key(maxFiles+1)), time.Time{}, files); !strings.Contains(problems.String(), "names more than 200 files") {
		t.Errorf("accepted: %.300s", problems)
	}
}

// aRound is what a round must say, but for number and keys.
const aRound = `kind = "link"
lure = "a"
window = { from = 2026-12-01T09:00:00+09:00, until = 2026-12-08T18:00:00+09:00 }
recognise.client_ip = ["203.0.113.1"]
recognise.mail_from_domain = ["drill.example"]
recognise.max_recipients = 1
`

// greedy says that every file is as large as it may be.
type greedy struct{ asked int64 }

func (g *greedy) ReadFile(_ string, most int64) ([]byte, error) {
	const size = 30 << 20
	if most < size {
		return nil, errors.New("larger than there is room for")
	}
	g.asked += size
	return bytes.Repeat([]byte{0xff}, size), nil // no text, so that nobody looks further
}

func (g *greedy) ReadSecret(string, int64) ([]byte, error) { return nil, errors.New("none") }

func TestFilesTogetherAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 12 {
		fmt.Fprintf(&b, "[[bulletin]]\nname = \"b%d\"\nfile = \"%d\"\n", i, i)
	}
	var g greedy
	ReadAt("f", []byte(b.String()), time.Time{}, &g)
	if g.asked > maxFileOctets || g.asked < maxFileOctets/2 {
		t.Errorf("%d octets were read", g.asked)
	}
}

// What an error of a list says of its place is taken apart.
func TestListed(t *testing.T) {
	data := []byte("a\nb\r\nc")
	for _, x := range []struct {
		err  error
		want place
	}{
		{errors.New("f:2: no"), place{line: 2, text: "no", source: "b"}},
		{errors.New("f:3: no: really"), place{line: 3, text: "no: really", source: "c"}},
		{errors.New("f: more than 5 octets"), place{text: "more than 5 octets"}},
		{errors.Join(errors.New("f:1: x")), place{line: 1, text: "x", source: "a"}},
		{errors.New("odd"), place{text: "odd"}},
	} {
		if got := listed("f", data, x.err); len(got) != 1 || got[0] != x.want {
			t.Errorf("%v: %+v, wanted %+v", x.err, got, x.want)
		}
	}
}

func TestForeignProblemsAreBounded(t *testing.T) {
	files := disk{}
	var b strings.Builder
	for i := range 30 {
		name := fmt.Sprintf("%d.csv", i)
		files[name] = "type,value\n" + strings.Repeat("x,y\n", 50)
		fmt.Fprintf(&b, "[[bulletin]]\nname = \"b%d\"\nfile = %q\n", i, name)
	}
	p, problems := ReadAt("f", []byte(b.String()), time.Time{}, files)
	if p != (*policy.Policy)(nil) || len(problems) != maxElsewhere {
		t.Errorf("%d problems", len(problems))
	}
}
