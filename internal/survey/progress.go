package survey

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress says how far a run has come.
type Progress struct {
	Done, All int           // domains
	Before    int           // of Done, those of an interrupted run
	Asked     int64         // questions to servers
	Elapsed   time.Duration // of this program
}

// barCells is the width of the bar.
const barCells = 24

// String writes the progress in one line of at most 79 columns.
func (p Progress) String() string {
	full := 0
	if p.All > 0 {
		full = min(barCells*p.Done/p.All, barCells)
	}
	s := fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(".", barCells-full), p.Done, p.All)
	if p.Elapsed < time.Second {
		return s
	}
	s += fmt.Sprintf(", %.0f questions/s", float64(p.Asked)/p.Elapsed.Seconds())
	if now := p.Done - p.Before; now > 0 && p.Done < p.All {
		left := time.Duration(float64(p.Elapsed) * float64(p.All-p.Done) / float64(now))
		s += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return s
}

// drawEvery is the time between two pictures of the bar.
const drawEvery = 200 * time.Millisecond

// Draw keeps a line of a terminal up to date until stop is called, which ends the line.
func Draw(w io.Writer, now func() Progress) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	draw := func() { fmt.Fprintf(w, "\r\x1b[K%s", now()) }
	go func() {
		defer close(ended)
		tick := time.NewTicker(drawEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				draw()
			case <-end:
				draw()
				fmt.Fprintln(w)
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}
