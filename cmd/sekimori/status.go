package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type statusCmd struct {
	Metrics string        `default:"127.0.0.1:9891" help:"Where sekimori serves its metrics."`
	All     bool          `help:"Show counters that are still 0, too."`
	Timeout time.Duration `default:"5s" help:"How long one question may take."`
	Wait    time.Duration `help:"Ask again until it is ready, for at most so long."`
}

// maxStatusBytes bounds what is read from the metrics listener.
const maxStatusBytes = 4 << 20

// Run prints readiness and the counters of sekimori itself. Exit status 1 when it is not ready or not there.
func (c *statusCmd) Run(s streams) error {
	client := http.Client{Timeout: c.Timeout}
	ready, err := c.ready(&client)
	if err != nil {
		return hinted{err, "is sekimori running, and is --metrics its address?"}
	}
	fmt.Fprintf(s.out, "%s\n", strings.TrimSpace(ready))
	text, err := fetch(&client, "http://"+c.Metrics+"/metrics")
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(line, "sekimori_") || strings.Contains(name, "_bucket") || value == "0" && !c.All {
			continue
		}
		fmt.Fprint(s.out, line)
	}
	return nil
}

// ready asks until the answer is good or the time to wait is over.
func (c *statusCmd) ready(client *http.Client) (string, error) {
	for end := time.Now().Add(c.Wait); ; time.Sleep(50 * time.Millisecond) {
		text, err := fetch(client, "http://"+c.Metrics+"/readyz")
		if err == nil || !time.Now().Before(end) {
			return text, err
		}
	}
}

// fetch returns the body of an answer with status 200.
func fetch(c *http.Client, url string) (string, error) {
	r, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(bufio.NewReader(r.Body), maxStatusBytes))
	if err != nil {
		return "", fmt.Errorf("%s: %w", url, err)
	}
	if r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", url, r.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
