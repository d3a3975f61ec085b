package milter

import (
	"testing"
	"time"

	"sekimori/policy"
)

// FuzzSession sends any octets to a session. It must neither panic nor hang, every examination that was begun must be
// ended or aborted once, with one Record each, and nothing that was never examined may be let through without a word.
func FuzzSession(f *testing.F) {
	seed := func(commands ...string) {
		var out packets
		for _, c := range commands {
			out.add(c[0], c[1:])
		}
		f.Add([]byte(out))
	}
	neg := "O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff"
	connect := "Cmail.example.com\x004\x00\x19192.0.2.7\x00"
	seed(neg, "DCj\x00mx\x00", connect, "Hh\x00", "DMi\x004Q\x00", "M<a@b.example>\x00", "R<c@gw.test>\x00", "LFrom\x00 x\x00", "N", "Bbody\r\n", "E", "A", "Q")
	seed(neg, connect, "M<>\x00", "Hh\x00", "A", "E", "E", "K", connect, "T", "UX\x00", "Bx", "LX", "R\x00")
	seed("O\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00", connect, "M<a@b>\x00", "R<c>\x00", "Lx\x00\x00", "Bx", "N", "E\x00", "M\x00", "M\x00", "Q")
	f.Fuzz(func(t *testing.T, octets []byte) {
		r := newRig(t, func(c *Config) {
			c.Limits = func() policy.Limits { return policy.Limits{HeaderBytes: 64, HeaderCount: 3} }
		})
		r.records = make(chan *policy.Record, len(octets)+1)
		p := newPipes()
		served := make(chan error, 1)
		go func() { served <- r.server.Serve(p) }()
		c, err := p.dial()
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan []byte, 1)
		go func() {
			var all []byte
			buf := make([]byte, 4096)
			for {
				n, err := c.Read(buf)
				if all = append(all, buf[:n]...); err != nil {
					read <- all
					return
				}
			}
		}()
		_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
		_, _ = c.Write(octets)
		_ = c.Close()
		<-read
		if err := r.server.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-served; err != nil {
			t.Fatal(err)
		}
		checkExams(t, r)
	})
}

func checkExams(t *testing.T, r *rig) {
	ended := 0
	for _, x := range r.exam.exams {
		ends := 0
		for i, call := range x.calls {
			if call != "end" && call != "abort" {
				continue
			}
			if ends++; i != len(x.calls)-1 {
				t.Errorf("calls behind the end: %q", x.calls)
			}
			if call == "end" {
				ended++
			}
		}
		if ends != 1 {
			t.Errorf("ended %d times: %q", ends, x.calls)
		}
	}
	close(r.records)
	examined := 0
	for rec := range r.records {
		if rec.Stage == policy.StageMessage && len(rec.Facts.Unexamined) == 0 {
			examined++
		}
	}
	if examined != ended {
		t.Errorf("%d messages passed for examined, %d were", examined, ended)
	}
	if n := r.counts.get("panicked"); n != 0 {
		t.Errorf("%d panics", n)
	}
}
