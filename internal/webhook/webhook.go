// Package webhook receives the bodies that GoPhish posts while a round runs. It decides who may hand one in and how much that may
// cost: loopback only, signed, small, few at once. What a body says, and what is kept of it, is decided by the function that
// takes it.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Limits of the receiver.
const (
	MaxBody        = 64 << 10 // octets of a body; a larger one is answered 413
	MaxRequests    = 64       // bodies that are taken at once; a further one waits, at most TakeTimeout, and is then answered 503
	MaxConnections = 256      // open at once; a further one is closed
	MaxHeaderBytes = 8 << 10  // of a request; net/http admits 4 KiB more, then answers 431
	MinSecret      = 16       // octets of the secret; a shorter one can be guessed
	HeaderTimeout  = 5 * time.Second
	ReadTimeout    = 10 * time.Second // a whole request: GoPhish itself gives up after 10 s
	TakeTimeout    = 8 * time.Second  // what is done with a body
	IdleTimeout    = time.Minute
)

// Path is where bodies are posted.
const Path = "/gophish"

// signatureField carries sha256= and the HMAC-SHA256 of the body in hexadecimal digits.
const signatureField = "X-Gophish-Signature"

// What the function that takes a body returns besides nil. Any other error is answered 503.
var (
	ErrBody = errors.New("the body is not understood")    // 400
	ErrGone = errors.New("the drill counts nothing more") // 410
)

// Result is what became of a request.
type Result string

// The results.
const (
	ResultTaken     Result = "taken"
	ResultForm      Result = "form"      // another path, method or content type
	ResultTooLarge  Result = "too_large" // more than MaxBody
	ResultSignature Result = "signature" // missing or wrong
	ResultBody      Result = "body"      // ErrBody
	ResultGone      Result = "gone"      // ErrGone
	ResultBusy      Result = "busy"      // it waited in vain, or the client was gone before
	ResultFailed    Result = "failed"    // it could not be kept
)

// Results lists every Result.
func Results() []Result {
	return []Result{ResultTaken, ResultForm, ResultTooLarge, ResultSignature, ResultBody, ResultGone, ResultBusy, ResultFailed}
}

// Config says what the receiver needs.
type Config struct {
	Secret []byte
	Take   func(ctx context.Context, body []byte) error // returns nil when what the body says will not be lost
	Count  func(Result)
}

// ErrSecret is returned for a secret that is too short.
var ErrSecret = errors.New("the secret is too short")

// Server receives on one listener.
type Server struct {
	http     http.Server
	listener net.Listener
	config   Config
	slots    chan struct{}
	open     atomic.Int64
}

// Listen opens where bodies are posted: a loopback address with a port, or unix:/path. Whoever is not on this machine comes through
// a proxy that speaks TLS.
func Listen(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(path)
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil || !a.Addr().IsLoopback() {
		return nil, fmt.Errorf("%q is no loopback address with a port, such as 127.0.0.1:9892, and no unix:/path", address)
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("opening the address of the webhook: %w", err)
	}
	return ln, nil
}

// listenUnix opens a socket for user and group, in place of one that a process left behind.
func listenUnix(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("opening the socket of the webhook: %w", err)
		}
	}
	ln, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o660)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the socket of the webhook: %w", err)
	}
	return ln, nil
}

// New returns a receiver on ln, which it takes over.
func New(ln net.Listener, c Config) (*Server, error) {
	if len(c.Secret) < MinSecret {
		return nil, fmt.Errorf("%w: %d octets, at least %d are needed", ErrSecret, len(c.Secret), MinSecret)
	}
	s := &Server{listener: ln, config: c, slots: make(chan struct{}, MaxRequests)}
	s.http = http.Server{
		Handler:           http.HandlerFunc(s.receive),
		ReadHeaderTimeout: HeaderTimeout,
		ReadTimeout:       ReadTimeout,
		WriteTimeout:      ReadTimeout + TakeTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ConnState:         s.admit,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // what a client does wrong is counted
	}
	return s, nil
}

// admit closes a connection that is one too many.
func (s *Server) admit(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if s.open.Add(1) > MaxConnections {
			_ = c.Close() // net/http notices
		}
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// Addr returns where the receiver listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve receives until Shutdown, and then returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the webhook: %w", err)
	}
	return nil
}

// Shutdown stops listening and waits for the requests under way, until ctx ends; then it cuts them off.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("waiting for requests of the webhook: %w", err), s.http.Close())
}

// receive answers one request. The answer is the same text for everything that is refused in one way.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	result, status := s.take(w, r)
	s.config.Count(result)
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, string(result)+"\n") // a client that is gone needs no answer
}

func (s *Server) take(w http.ResponseWriter, r *http.Request) (Result, int) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.URL.Path != Path:
		return ResultForm, http.StatusNotFound
	case r.Method != http.MethodPost:
		return ResultForm, http.StatusMethodNotAllowed
	case err != nil || media != "application/json":
		return ResultForm, http.StatusUnsupportedMediaType
	}
	ctx, cancel := context.WithTimeout(r.Context(), TakeTimeout)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ResultBusy, http.StatusServiceUnavailable
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return ResultTooLarge, http.StatusRequestEntityTooLarge
	case err != nil:
		return ResultBusy, http.StatusBadRequest
	case !Signed(s.config.Secret, body, r.Header.Values(signatureField)):
		return ResultSignature, http.StatusForbidden
	}
	switch err := s.config.Take(ctx, body); {
	case err == nil:
		return ResultTaken, http.StatusOK
	case errors.Is(err, ErrBody):
		return ResultBody, http.StatusBadRequest
	case errors.Is(err, ErrGone):
		return ResultGone, http.StatusGone
	}
	return ResultFailed, http.StatusServiceUnavailable
}

// Signed reports whether a body has exactly one signature, and that is made with the secret. How long it takes does not depend on where
// two signatures differ.
func Signed(secret, body []byte, values []string) bool {
	if len(values) != 1 {
		return false
	}
	digits, ok := strings.CutPrefix(values[0], "sha256=")
	mac, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return false
	}
	h := hmac.New(sha256.New, secret)
	h.Write(body)
	return hmac.Equal(mac, h.Sum(nil))
}
