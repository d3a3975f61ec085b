package dkim

import (
	"context"
	"crypto"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"sekimori/policy"
)

// heavyLetter returns a header of 22 fields, as mail has when it has travelled.
func heavyLetter() policy.Header {
	h := letter()
	for i := range 16 {
		h = append(h, policy.Field{Name: fmt.Sprintf("X-Field-%d", i), Value: " " + strings.Repeat("value ", 8)})
	}
	return h
}

const usualFields = "h=from:to:subject:received:x-field-1:x-field-2:x-field-3:comments"

// BenchmarkVerify verifies a message of one signature whose key is cached: what an examined mail costs.
func BenchmarkVerify(b *testing.B) {
	for name, key := range map[string]crypto.Signer{"a=rsa-sha256; s=rsa": rsaKey(), "a=ed25519-sha256; s=ed": edKey} {
		for _, size := range []int{2_000, 30_000, 300_000} {
			body := htmlBody(size)
			h := seal(key, template(name, "c=relaxed/relaxed", usualFields), heavyLetter(), string(body))
			title := fmt.Sprintf("%s/%dkB", name[2:5], size/1000)
			b.Run(title+"/own", func(b *testing.B) {
				v := New(Config{Resolver: keys()})
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					x := v.Begin(context.Background(), h, noon, nil)
					for p := body; len(p) > 0; p = p[min(len(p), 65535):] {
						x.Write(p[:min(len(p), 65535)])
					}
					if x.Results()[0].Result != policy.ResultPass {
						b.Fatal("no pass")
					}
				}
			})
			b.Run(title+"/go-msgauth", func(b *testing.B) {
				z, message := keys(), join(h, string(body))
				options := &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return z[name], nil }}
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if v, err := dkim.VerifyWithOptions(strings.NewReader(message), options); err != nil || v[0].Err != nil {
						b.Fatal("no pass")
					}
				}
			})
		}
	}
}

// BenchmarkParts measures the steps one by one.
func BenchmarkParts(b *testing.B) {
	h := seal(rsaKey(), template("a=rsa-sha256; s=rsa", "c=relaxed/relaxed", usualFields), heavyLetter(), text)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
	var s signature
	run("field", func() { s = signature{}; s.parse(h[0].Value, noon) })
	run("picker", func() { newPicker(h) })
	p, scratch := newPicker(h), make([]byte, 0, 4096)
	run("header", func() { scratch = s.hashHeader(scratch, p) })
	txt := record(rsaKey())
	var k key
	run("key", func() { k, _ = parseKey(txt) })
	run("rsa", func() { k.verify(&s.headerHash, s.b) })
	body := htmlBody(30_000)
	run("body30kB", func() { hashBody(body) })
	unsigned := heavyLetter()
	v := New(Config{})
	run("unsigned", func() { v.Begin(context.Background(), unsigned, noon, nil).Results() })
}

// hashBody returns the relaxed body hash.
func hashBody(text []byte) []byte {
	d, c := newDigest(-1), &body{relaxed: true}
	c.out.digests = []*digest{d}
	c.write(text)
	c.close()
	return d.hash.Sum(nil)
}
