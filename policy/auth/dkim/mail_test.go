package dkim

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// zone answers with TXT records by name; any other name does not exist.
type zone map[string][]string

func (z zone) Lookup(_ context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	txt, ok := z[name]
	switch {
	case !ok || t != policy.TypeTXT:
		return policy.DNSAnswer{Status: policy.DNSNXDomain}
	case len(txt) == 0:
		return policy.DNSAnswer{Status: policy.DNSNoData}
	}
	return policy.DNSAnswer{Status: policy.DNSFound, TXT: txt}
}

// split makes of a message in text what a milter is given: a header folded with LF and a body with CRLF.
func split(message string) (policy.Header, string) {
	var h policy.Header
	message = strings.ReplaceAll(message, "\r\n", "\n")
	for message != "" {
		line, rest, _ := strings.Cut(message, "\n")
		switch {
		case line == "":
			return h, strings.ReplaceAll(rest, "\n", "\r\n")
		case line[0] == ' ' || line[0] == '\t':
			h[len(h)-1].Value += "\n" + line
		default:
			name, value, _ := strings.Cut(line, ":")
			h = append(h, policy.Field{Name: name, Value: value})
		}
		message = rest
	}
	return h, ""
}

// join is the way back, with CRLF line ends throughout.
func join(h policy.Header, body string) string {
	var b strings.Builder
	for _, f := range h {
		b.WriteString(f.Name + ":" + strings.ReplaceAll(f.Value, "\n", "\r\n") + "\r\n")
	}
	return b.String() + "\r\n" + body
}

// examine returns the results for a message.
func examine(t testing.TB, c Config, message string) []policy.DKIM {
	t.Helper()
	h, body := split(message)
	return examineParts(c, h, body)
}

func examineParts(c Config, h policy.Header, body string) []policy.DKIM {
	x := New(c).Begin(context.Background(), h, noon, nil)
	if x.WantsBody() {
		x.Write([]byte(body))
	}
	return x.Results()
}

func equal(t *testing.T, got []policy.DKIM, want ...policy.DKIM) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// The keys of the tests.
var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	edKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// record returns the key record for the public half of k.
func record(k crypto.Signer) string {
	switch p := k.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(p)
	default:
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(must(x509.MarshalPKIXPublicKey(p)))
	}
}

// keys returns a zone with the keys of the tests at selectors rsa and ed of example.jp.
func keys() zone {
	return zone{
		"rsa._domainkey.example.jp": {record(rsaKey())},
		"ed._domainkey.example.jp":  {record(edKey)},
	}
}

var bTag = regexp.MustCompile(`(?s)((?:^|;)[ \t\n]*b[ \t\n]*=)[^;]*`)

// seal signs a message with a field whose value is template, into whose bh= and b= it puts what belongs there, and
// puts the field on top. It is written after the RFC and apart from the code under test.
func seal(k crypto.Signer, template string, h policy.Header, body string) policy.Header {
	tags := map[string]string{}
	for spec := range strings.SplitSeq(template, ";") {
		name, value, _ := strings.Cut(spec, "=")
		tags[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	headerCanon, bodyCanon, _ := strings.Cut(tags["c"], "/")
	canonical := plainBody(bodyCanon == "relaxed", body)
	if l, ok := parseNumber(tags["l"]); ok && l < int64(len(canonical)) {
		canonical = canonical[:l]
	}
	sum := sha256.Sum256([]byte(canonical))
	value := strings.Replace(template, "bh=", "bh="+base64.StdEncoding.EncodeToString(sum[:]), 1)

	var signed string
	used := map[int]bool{}
	for name := range strings.SplitSeq(tags["h"], ":") {
		for i := len(h) - 1; i >= 0; i-- {
			if !used[i] && strings.EqualFold(h[i].Name, strings.TrimSpace(name)) {
				used[i] = true
				signed += plainField(headerCanon == "relaxed", h[i])
				break
			}
		}
	}
	own := policy.Field{Name: "DKIM-Signature", Value: bTag.ReplaceAllString(value, "$1")}
	signed += strings.TrimSuffix(plainField(headerCanon == "relaxed", own), "\r\n")
	hash := sha256.Sum256([]byte(signed))
	opts := crypto.SignerOpts(crypto.SHA256)
	if _, ok := k.(ed25519.PrivateKey); ok {
		opts = crypto.Hash(0)
	}
	b := base64.StdEncoding.EncodeToString(must(k.Sign(rand.Reader, hash[:], opts)))
	own.Value = bTag.ReplaceAllString(value, "${1}"+b[:20]+"\n\t"+b[20:])
	return append(policy.Header{own}, h...)
}

var blanks = regexp.MustCompile(`[ \t]+`)

// plainBody canonicalises a body the long way: line by line, as RFC 6376, 3.4.3 and 3.4.4, tell it.
func plainBody(relaxed bool, body string) string {
	lines := strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n")
	for i := range lines {
		if relaxed {
			lines[i] = strings.TrimSuffix(blanks.ReplaceAllString(lines[i], " "), " ")
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 && relaxed {
		return ""
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// plainField canonicalises a field the long way (RFC 6376, 3.4.1 and 3.4.2).
func plainField(relaxed bool, f policy.Field) string {
	value := strings.ReplaceAll(f.Value, "\r\n", "\n")
	if !relaxed {
		return f.Name + ":" + strings.ReplaceAll(value, "\n", "\r\n") + "\r\n"
	}
	value = blanks.ReplaceAllString(strings.ReplaceAll(value, "\n", ""), " ")
	return strings.ToLower(strings.TrimRight(f.Name, " \t")) + ":" + strings.Trim(value, " ") + "\r\n"
}
