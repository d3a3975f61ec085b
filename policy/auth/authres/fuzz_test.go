package authres

import (
	"net/url"
	"strings"
	"testing"

	"sekimori/policy"
)

// FuzzWrite writes foreign octets everywhere and reads the same results back.
func FuzzWrite(f *testing.F) {
	f.Add(gw, `a\"; dkim=pass header.d=victim.example `, "s1", "rsa-sha256", "ab/d+234", "no key; dmarc=pass")
	f.Add("", "a\r\n b", "\x00", "=?utf-8?q?=22?=", "(((", "\\")
	f.Add("GW 1", "a@b", "..", "\xff", `"`, strings.Repeat(`"`, 200))
	f.Fuzz(func(t *testing.T, id, local, selector, algorithm, signature, reason string) {
		facts := policy.Facts{
			MailFrom: spf(policy.ScopeMailFrom, policy.ResultFail, local+"@x.example", "x.example", reason),
			Helo:     spf(policy.ScopeHelo, policy.ResultPass, "", "mx.x.example", reason),
			DKIM:     []policy.DKIM{{Result: policy.ResultFail, Domain: "x.example", Selector: selector, Algorithm: algorithm, Signature: signature, Reason: reason}},
			DMARC:    []policy.DMARC{{Author: "x.example", Result: policy.ResultFail, Policy: policy.DMARCReject, Reason: reason}},
		}
		value := Write(id, &facts)
		if CheckID(id) == nil {
			checkResults(t, value, []string{"spf=fail", "spf=pass", "dkim=fail", "dmarc=fail"})
		}
		field, err := Parse(value)
		if err != nil {
			t.Fatal(err)
		}
		same := func(got, want string) {
			t.Helper()
			if back, err := url.PathUnescape(got); err != nil || back != want {
				t.Errorf("%q is read as %q", want, got)
			}
		}
		same(field.ID, id)
		if from, ok := field.Results[0].Get("smtp", "mailfrom"); ok && from != "x.example" {
			same(from, local+"@x.example")
		} else if !ok {
			t.Error("smtp.mailfrom is missing")
		}
		for name, want := range map[string]string{"s": selector, "a": algorithm, "b": signature} {
			if got, ok := field.Results[2].Get("header", name); ok {
				same(got, want)
			} else if want != "" && 3*len(want) <= MaxValue {
				t.Errorf("header.%s is missing", name)
			}
		}
		if CheckID(id) == nil && !Claims(value, []string{id}) {
			t.Errorf("our own field is not ours: %q", value)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	f := policy.Facts{
		MailFrom: spf(policy.ScopeMailFrom, policy.ResultPass, "bounce+taro=mof.go.jp@list.example", "list.example", ""),
		Helo:     spf(policy.ScopeHelo, policy.ResultNone, "postmaster@mx.list.example", "mx.list.example", "no record"),
		DKIM: []policy.DKIM{
			{Result: policy.ResultPass, Domain: "list.example", Selector: "s1", Algorithm: "rsa-sha256", Signature: "abcd/234"},
			{Result: policy.ResultPass, Domain: "mof.go.jp", Selector: "s1", Algorithm: "ed25519-sha256", Signature: "abcd1234"},
		},
		DMARC: []policy.DMARC{{Author: "mof.go.jp", Result: policy.ResultPass, Policy: policy.DMARCReject}},
	}
	b.Run("append", func(b *testing.B) {
		buf := make([]byte, 0, 1024)
		b.ReportAllocs()
		for b.Loop() {
			buf = Append(buf[:0], gw, &f)
		}
	})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Write(gw, &f)
		}
	})
}
