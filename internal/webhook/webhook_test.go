package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

var secret = []byte("0123456789abcdef")

func sign(body string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

// TestSigned has the vector of GoPhish's own test.
func TestSigned(t *testing.T) {
	const vector = "ab7844c1e9149f8dc976c4188a72163c005930f3c2266a163ffe434230bdf761"
	for _, tt := range []struct {
		name, body string
		values     []string
		want       bool
	}{
		{"the vector", "some payload456", []string{"sha256=" + vector}, true},
		{"in capitals", "some payload456", []string{"sha256=" + strings.ToUpper(vector)}, true},
		{"another body", "some payload457", []string{"sha256=" + vector}, false},
		{"a line end more", "some payload456\n", []string{"sha256=" + vector}, false},
		{"another digit", "some payload456", []string{"sha256=0" + vector[1:]}, false},
		{"cut", "some payload456", []string{"sha256=" + vector[:62]}, false},
		{"empty", "some payload456", []string{"sha256="}, false},
		{"no digits", "some payload456", []string{"sha256=" + vector[:63] + "x"}, false},
		{"another algorithm", "some payload456", []string{"sha1=" + vector}, false},
		{"none", "some payload456", nil, false},
		{"two", "some payload456", []string{"sha256=" + vector, "sha256=" + vector}, false},
	} {
		if got := Signed([]byte("secret123"), []byte(tt.body), tt.values); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// serve starts a receiver and returns its URL and what it counted.
func serve(t *testing.T, take func(context.Context, []byte) error) (*Server, string, func() []Result) {
	t.Helper()
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var results []Result
	s, err := New(ln, Config{Secret: secret, Take: take, Count: func(r Result) { mu.Lock(); defer mu.Unlock(); results = append(results, r) }})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		if err := errors.Join(s.Shutdown(context.Background()), <-served); err != nil {
			t.Error(err)
		}
	})
	return s, "http://" + s.Addr().String(), func() []Result { mu.Lock(); defer mu.Unlock(); return results }
}

func TestReceive(t *testing.T) {
	var got []byte
	var answer error
	_, url, results := serve(t, func(_ context.Context, body []byte) error { got = body; return answer })
	full := strings.Repeat("a", MaxBody)
	for _, tt := range []struct {
		name, method, path, media, body, signature string
		answer                                     error
		status                                     int
		result                                     Result
	}{
		{"taken", "POST", Path, "application/json", "{}", sign("{}"), nil, 200, ResultTaken},
		{"with a charset", "POST", Path, "application/json; charset=utf-8", "{}", sign("{}"), nil, 200, ResultTaken},
		{"64 KiB", "POST", Path, "application/json", full, sign(full), nil, 200, ResultTaken},
		{"one octet more", "POST", Path, "application/json", full + "a", sign(full + "a"), nil, 413, ResultTooLarge},
		{"another path", "POST", "/", "application/json", "{}", sign("{}"), nil, 404, ResultForm},
		{"another method", "PUT", Path, "application/json", "{}", sign("{}"), nil, 405, ResultForm},
		{"another type", "POST", Path, "text/plain", "{}", sign("{}"), nil, 415, ResultForm},
		{"no type", "POST", Path, "", "{}", sign("{}"), nil, 415, ResultForm},
		{"unsigned", "POST", Path, "application/json", "{}", "", nil, 403, ResultSignature},
		{"signed for another body", "POST", Path, "application/json", "{ }", sign("{}"), nil, 403, ResultSignature},
		{"not understood", "POST", Path, "application/json", "[]", sign("[]"), ErrBody, 400, ResultBody},
		{"closed", "POST", Path, "application/json", "{}", sign("{}"), ErrGone, 410, ResultGone},
		{"not kept", "POST", Path, "application/json", "{}", sign("{}"), errors.New("disk full"), 503, ResultFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, answer = nil, tt.answer
			before := len(results())
			req, err := http.NewRequest(tt.method, url+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", tt.media)
			if tt.signature != "" {
				req.Header.Set(signatureField, tt.signature)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status || string(text) != string(tt.result)+"\n" {
				t.Errorf("%d %q, wanted %d %s", resp.StatusCode, text, tt.status, tt.result)
			}
			if r := results(); len(r) != before+1 || r[before] != tt.result {
				t.Errorf("counted %v", r[before:])
			}
			if taken := tt.result == ResultTaken || tt.answer != nil; taken != bytes.Equal(got, []byte(tt.body)) {
				t.Errorf("handed over: %d octets", len(got))
			}
		})
	}
}

// TestMaxRequests: as many are taken at once as may be, and one more waits.
func TestMaxRequests(t *testing.T) {
	var begun sync.WaitGroup
	begun.Add(MaxRequests)
	var mu sync.Mutex
	n, release := 0, make(chan struct{})
	_, url, results := serve(t, func(ctx context.Context, _ []byte) error {
		mu.Lock()
		n++
		if n <= MaxRequests {
			begun.Done()
		}
		mu.Unlock()
		<-release
		return nil
	})
	var all sync.WaitGroup
	for range MaxRequests + 1 {
		all.Go(func() {
			req, _ := http.NewRequest("POST", url+Path, strings.NewReader("{}"))
			req.Header = http.Header{"Content-Type": {"application/json"}, signatureField: {sign("{}")}}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
		})
	}
	begun.Wait()
	time.Sleep(20 * time.Millisecond)
	mu.Lock()
	if n != MaxRequests {
		t.Errorf("%d at once", n)
	}
	mu.Unlock()
	close(release)
	all.Wait()
	if len(results()) != MaxRequests+1 {
		t.Errorf("%d answered", len(results()))
	}
}

// TestMaxConnections: one connection too many is closed, and those before it are not.
func TestMaxConnections(t *testing.T) {
	s, _, _ := serve(t, func(context.Context, []byte) error { return nil })
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		return c
	}
	for range MaxConnections {
		dial()
	}
	for s.open.Load() < MaxConnections {
		time.Sleep(time.Millisecond)
	}
	c := dial()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the last one is served: %v", err)
	}
	open[0].SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	var late net.Error
	if _, err := open[0].Read(make([]byte, 1)); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("the first one is closed: %v", err)
	}
}

func TestListen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "192.0.2.1:1", ":1", "localhost:1", "127.0.0.1", "[::]:0", ""} {
		if ln, err := Listen(address); err == nil {
			ln.Close()
			t.Errorf("%q is opened", address)
		}
	}
	path := "unix:" + t.TempDir() + "/s"
	for range 2 { // the second finds the file of the first
		ln, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		ln.(*net.UnixListener).SetUnlinkOnClose(false)
		ln.Close()
	}
	file := t.TempDir() + "/f"
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen("unix:" + file); err == nil {
		t.Error("a file that is no socket is replaced")
	}
}

func TestSecret(t *testing.T) {
	for n, ok := range map[int]bool{MinSecret: true, MinSecret - 1: false} {
		if _, err := New(nil, Config{Secret: make([]byte, n)}); (err == nil) != ok || !ok && !errors.Is(err, ErrSecret) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}
