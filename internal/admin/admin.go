// Package admin serves three pages over HTTP: /metrics, /healthz (the process answers) and /readyz (it does its work). It
// decides how much a client of these pages may cost. What the pages say is handed in; nothing else is served, and
// nothing can be changed here.
package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of the listener.
const (
	MaxConnections = 32      // open at once; a further client waits in the queue of the kernel
	MaxHeaderBytes = 8 << 10 // of a request; net/http admits 4 KiB more, then answers 431
	HeaderTimeout  = 5 * time.Second
	ReadTimeout    = 10 * time.Second // a whole request; bodies are not read
	WriteTimeout   = 30 * time.Second
	IdleTimeout    = 2 * time.Minute // more than the usual scrape interval, so that a connection serves many
)

// Server serves the pages on one listener.
type Server struct {
	http     http.Server
	listener net.Listener
}

// Listen opens a TCP address, such as "127.0.0.1:9891".
func Listen(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("opening the address of the metrics: %w", err)
	}
	return ln, nil
}

// New returns a server on ln that answers /metrics by metrics, and /readyz with 200 while ready returns nil, else with 503
// and the text of its error. It takes over ln.
func New(ln net.Listener, metrics http.Handler, ready func() error) *Server {
	return &Server{
		listener: limit(ln, MaxConnections),
		http: http.Server{
			Handler:           handler(metrics, ready),
			ReadHeaderTimeout: HeaderTimeout,
			ReadTimeout:       ReadTimeout,
			WriteTimeout:      WriteTimeout,
			IdleTimeout:       IdleTimeout,
			MaxHeaderBytes:    MaxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // what a client does wrong is its own affair
		},
	}
}

// Addr returns where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers requests until Shutdown, and then returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the metrics: %w", err)
	}
	return nil
}

// Shutdown stops listening and waits for the requests under way, until ctx ends; then it cuts them off.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("waiting for requests for the metrics: %w", err), s.http.Close())
}

// handler answers GET and HEAD of the three pages, and 404 or 405 for everything else.
func handler(metrics http.Handler, ready func() error) http.Handler {
	health := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	readiness := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			say(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		say(w, http.StatusOK, "ready")
	})
	pages := map[string]http.Handler{"/metrics": metrics, "/healthz": health, "/readyz": readiness}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := pages[r.URL.Path]
		switch {
		case page == nil:
			say(w, http.StatusNotFound, "there are /metrics, /healthz and /readyz")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "GET or HEAD")
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// say answers one line of text.
func say(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.ReplaceAll(text, "\n", " ")+"\n") // a client that is gone needs no answer
}
