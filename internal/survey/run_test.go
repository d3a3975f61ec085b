package survey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sekimori/policy"
	"sekimori/policy/survey"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func list(n int) []survey.Target {
	targets := make([]survey.Target, n)
	for i := range targets {
		targets[i] = survey.Target{Domain: policy.Domain(fmt.Sprintf("d%d.jp", i)), Group: "g"}
	}
	return targets
}

func head(n int) survey.Head {
	return survey.Head{Version: survey.Version, At: time.Now().UTC(), List: "hash", Domains: n, Resolver: []string{"test"}}
}

func look(_ context.Context, d policy.Domain) survey.Observation {
	yes := survey.Presence{State: survey.Yes}
	return survey.Observation{
		Domain: d, Name: survey.Yes, MX: survey.MX{State: survey.Yes, Null: survey.No}, SPF: survey.SPF{State: survey.Yes},
		DMARC: survey.DMARC{State: survey.Yes}, MTASTS: yes, TLSRPT: yes,
	}
}

// read returns the one run of a file.
func read(t *testing.T, path string) survey.Run {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := survey.NewBuilder(survey.OfAll)
	if _, err := survey.ReadLines(f, path, func(_ int, l survey.Line) error { return b.Add(l) }); err != nil {
		t.Fatal(err)
	}
	r := b.Finish()
	if len(r.Runs) != 1 {
		t.Fatalf("%d runs", len(r.Runs))
	}
	return r.Runs[0]
}

// start opens a file and runs until ctx ends.
func start(ctx context.Context, t *testing.T, path string, n int, look func(context.Context, policy.Domain) survey.Observation) (*Book, error) {
	t.Helper()
	b, err := Open(path, head(n))
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Int64
	err = Run(ctx, Config{Targets: list(n), Look: look, Book: b, Concurrency: 4, Done: &done})
	return b, errors.Join(err, b.Close())
}

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.jsonl")
	if _, err := start(t.Context(), t, path, 100, look); err != nil {
		t.Fatal(err)
	}
	if r := read(t, path); !r.Complete || r.Measured != 100 {
		t.Errorf("%+v", r)
	}
}

// TestInterrupted: what was asked when the interruption came is not in the file as unknown, and the next start asks for
// exactly what is missing.
func TestInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.jsonl")
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	_, err := start(ctx, t, path, 100, func(ctx context.Context, d policy.Domain) survey.Observation {
		o := look(ctx, d)
		switch n := asked.Add(1); {
		case n == 40:
			cancel()
		case n > 40:
			<-ctx.Done() // another goroutine is about to
		}
		if ctx.Err() != nil {
			o.SPF.State = survey.Unknown
		}
		return o
	})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("%v", err)
	}
	before := read(t, path)
	if before.Complete || before.Measured == 0 || before.Measured > 40 {
		t.Fatalf("%+v", before)
	}
	asked.Store(0)
	b, err := start(t.Context(), t, path, 100, func(ctx context.Context, d policy.Domain) survey.Observation {
		asked.Add(1)
		return look(ctx, d)
	})
	if err != nil || b.Resumed() != before.Measured || int(asked.Load()) != 100-before.Measured {
		t.Errorf("%v: %d were there, %d known to the book, %d asked again", err, before.Measured, b.Resumed(), asked.Load())
	}
	r := read(t, path)
	if !r.Complete || r.Measured != 100 {
		t.Errorf("%+v", r)
	}
	if i := slices.IndexFunc(r.Checks, func(c survey.Tally) bool { return c.Check == survey.CheckSPF }); r.Checks[i].Counts.Unknown != 0 {
		t.Errorf("the interruption was written as a failure of DNS: %+v", r.Checks[i])
	}
}

// TestKilled: half a line that a killed program left is taken away, and its domain asked again.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.jsonl")
	if _, err := start(t.Context(), t, path, 10, look); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, keep := range []int{len(text) - 5, len(text) / 2, bytes.IndexByte(text, '\n') + 3} {
		if err := os.WriteFile(path, text[:keep], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := start(t.Context(), t, path, 10, look); err != nil {
			t.Fatal(err)
		}
		if r := read(t, path); !r.Complete || r.Measured != 10 {
			t.Errorf("%d octets were left: %+v", keep, r)
		}
	}
}

// TestRefused: a file that is not for this run stays as it is.
func TestRefused(t *testing.T) {
	complete := filepath.Join(t.TempDir(), "o.jsonl")
	if _, err := start(t.Context(), t, complete, 3, look); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(complete)
	if err != nil {
		t.Fatal(err)
	}
	partial := string(whole[:bytes.LastIndexByte(whole[:len(whole)-1], '\n')+1])
	other, late, same := head(3), head(3), head(3)
	other.List = "other"
	late.At = late.At.Add(MaxAge + time.Minute)
	for _, tt := range []struct {
		name, text string
		head       survey.Head
		want       error
	}{
		{"complete", string(whole), same, ErrComplete},
		{"of another list", partial, other, ErrOtherList},
		{"old", partial, late, ErrTooOld},
		{"a letter", "Dear colleague", same, ErrForeign},
		{"partial", partial, same, nil},
		{"empty", "", same, nil},
	} {
		path := filepath.Join(t.TempDir(), "o.jsonl")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(path, tt.head)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if b != nil {
			if _, err := Open(path, tt.head); !errors.Is(err, ErrInUse) {
				t.Errorf("%s: opened twice: %v", tt.name, err)
			}
			b.Close()
			continue
		}
		if now, _ := os.ReadFile(path); string(now) != tt.text {
			t.Errorf("%s: the file was changed", tt.name)
		}
	}
	letter := filepath.Join(t.TempDir(), "o")
	if err := os.WriteFile(letter, []byte("Dear colleague,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(letter, same); err == nil || !strings.Contains(err.Error(), "o:1: no line of a survey") {
		t.Errorf("%v", err)
	}
}

// TestFullDisk: an error of the file ends the run with that error.
func TestFullDisk(t *testing.T) {
	b, err := Open(filepath.Join(t.TempDir(), "o"), head(5000))
	if err != nil {
		t.Fatal(err)
	}
	b.file.Close()
	var done atomic.Int64
	err = Run(t.Context(), Config{Targets: list(5000), Look: look, Book: b, Concurrency: 4, Done: &done})
	if err == nil || errors.Is(err, ErrInterrupted) {
		t.Errorf("%v", err)
	}
}

func TestConcurrencyLimit(t *testing.T) {
	for n, good := range map[int]bool{0: false, 1: true, MaxConcurrency: true, MaxConcurrency + 1: false} {
		b, err := Open(filepath.Join(t.TempDir(), "o"), head(1))
		if err != nil {
			t.Fatal(err)
		}
		var done atomic.Int64
		err = Run(t.Context(), Config{Targets: list(1), Look: look, Book: b, Concurrency: n, Done: &done})
		if (err == nil) != good {
			t.Errorf("%d: %v", n, err)
		}
		b.Close()
	}
}

// instant answers at once; names that begin with c come from a cache.
type instant struct{}

func (instant) Lookup(_ context.Context, name string, _ policy.DNSType) policy.DNSAnswer {
	return policy.DNSAnswer{Status: policy.DNSFound, Cached: name[0] == 'c'}
}

// TestPace: n questions a second, and what a cache answers costs nothing.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPaced(instant{}, 10)
		begin := time.Now()
		for range 21 {
			p.Lookup(t.Context(), "x", policy.TypeTXT)
		}
		if got := time.Since(begin); got != 2*time.Second {
			t.Errorf("21 questions took %v, want 2s", got)
		}
		for range 100 {
			p.Lookup(t.Context(), "c", policy.TypeTXT)
		}
		p.Lookup(t.Context(), "x", policy.TypeTXT)
		if got := time.Since(begin); got > 2*time.Second+200*time.Millisecond {
			t.Errorf("with 100 answers of the cache it took %v", got)
		}
		if p.Asked() != 22 {
			t.Errorf("%d questions counted", p.Asked())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		p.Lookup(ctx, "x", policy.TypeTXT)
		if a := p.Lookup(ctx, "x", policy.TypeTXT); a.Status != policy.DNSTimeout {
			t.Errorf("%v after the end", a.Status)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := NewPaced(instant{}, 0)
		begin := time.Now()
		for range 1000 {
			p.Lookup(t.Context(), "x", policy.TypeTXT)
		}
		if time.Since(begin) != 0 {
			t.Error("no limit limits")
		}
	})
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"one", "two"} {
		if err := Replace(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	broken := errors.New("broken")
	err := Replace(path, func(w io.Writer) error { io.WriteString(w, "half"); return broken })
	if got, _ := os.ReadFile(path); !errors.Is(err, broken) || string(got) != "two" {
		t.Errorf("%v, the file holds %q", err, got)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: something is left", entries, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		p    Progress
		want string
	}{
		{Progress{}, "[........................] 0/0"},
		{Progress{Done: 5, All: 10}, "[############............] 5/10"},
		{Progress{Done: 5000, All: 20000, Asked: 500, Elapsed: 10 * time.Second}, "[######..................] 5000/20000, 50 questions/s, 30s left"},
		{Progress{Done: 5000, All: 20000, Before: 4000, Asked: 500, Elapsed: 10 * time.Second},
			"[######..................] 5000/20000, 50 questions/s, 2m30s left"},
		{Progress{Done: 10, All: 10, Asked: 500, Elapsed: 10 * time.Second}, "[########################] 10/10, 50 questions/s"},
		{Progress{Done: 1_999_999, All: 2_000_000, Asked: 500, Elapsed: time.Hour}, "[#######################.] 1999999/2000000, 0 questions/s, 0s left"},
	} {
		if got := tt.p.String(); got != tt.want || len(got) > 79 {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestDraw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		n := 0
		stop := Draw(&b, func() Progress { n++; return Progress{Done: n, All: 4} })
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if got := b.String(); n != 6 || !strings.HasPrefix(got, "\r\x1b[K[") || !strings.HasSuffix(got, "] 6/4\n") {
			t.Errorf("%d pictures: %q", n, got)
		}
	})
}

// TestTorn: of a torn line nothing is left, also where little is written after it.
func TestTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.jsonl")
	whole, err := survey.AppendLine(nil, head(10))
	if err != nil {
		t.Fatal(err)
	}
	torn := `{"domain":"` + strings.Repeat("x", 5000)
	if err := os.WriteFile(path, append(whole, torn...), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Open(path, head(10))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "xxx") || strings.Count(string(text), "\n") != 2 {
		t.Errorf("%v: %s", err, text)
	}
}
