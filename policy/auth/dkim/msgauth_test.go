package dkim

import (
	"bytes"
	"crypto"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"sekimori/policy"
)

// second returns the opinion of go-msgauth on each signature of a message: nil is a pass. That library knows no time
// but the present, so that messages compared with it have no x=.
func second(z zone, message string) ([]error, error) {
	vs, err := dkim.VerifyWithOptions(strings.NewReader(message), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) {
			if txt, ok := z[strings.ToLower(name)]; ok {
				return txt, nil
			}
			return nil, fmt.Errorf("no such name")
		},
	})
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, v := range vs {
		errs = append(errs, v.Err)
	}
	return errs, nil
}

// TestSigner verifies what go-msgauth signs.
func TestSigner(t *testing.T) {
	for selector, key := range map[string]crypto.Signer{"rsa": rsaKey(), "ed": edKey} {
		for _, c := range []dkim.Canonicalization{"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"} {
			header, bodyCanon, _ := strings.Cut(string(c), "/")
			for _, names := range [][]string{nil, {"From"}, {"from", "to", "comments", "from"}} {
				for _, body := range []string{"", "\r\n", text, string(htmlBody(70_000)), "no end of line"} {
					var out bytes.Buffer
					err := dkim.Sign(&out, strings.NewReader(join(letter(), body)), &dkim.SignOptions{
						Domain: "example.jp", Selector: selector, Signer: key, HeaderKeys: names,
						HeaderCanonicalization: dkim.Canonicalization(header), BodyCanonicalization: dkim.Canonicalization(bodyCanon),
					})
					if err != nil {
						t.Fatal(err)
					}
					if got := examine(t, Config{Resolver: keys()}, out.String()); words(got) != "pass" {
						t.Errorf("%s %s %v, body of %d octets: %+v", selector, c, names, len(body), got)
					}
				}
			}
		}
	}
}

// TestDeviations holds each known difference from go-msgauth v0.7.0, so that it is seen when one of the two changes.
func TestDeviations(t *testing.T) {
	sign := func(body string, more ...string) policy.Header {
		return seal(edKey, template("a=ed25519-sha256; s=ed", more...), letter(), body)
	}
	tabbed := keys()
	tabbed["ed._domainkey.example.jp"] = []string{record(edKey)[:40] + "\t" + record(edKey)[40:]}
	strict := keys()
	strict["ed._domainkey.example.jp"] = []string{record(edKey) + "; t=s"}
	late := keys()
	late["ed._domainkey.example.jp"] = []string{strings.TrimPrefix(record(edKey), "v=DKIM1; ") + "; v=DKIM1"}
	twice := sign(text, "h=from:dkim-signature:dkim-signature")
	tests := []struct {
		name  string
		zone  zone
		h     policy.Header
		body  string
		want  policy.Result
		other string // part of the error of go-msgauth; "pass" for none
	}{
		{"b= inside z=", keys(), sign(text, "h=from", "z=b=x"), text, "pass", "signature did not verify"},
		{"b= inside i=", keys(), sign(text, "h=from", "i=b=3Dx@example.jp"), text, "pass", "signature did not verify"},
		{"b= at the end of another name", keys(), sign(text, "h=from", "zb=x"), text, "pass", "signature did not verify"},
		{"i= in another case", keys(), sign(text, "h=from", "i=x@EXAMPLE.jp"), text, "pass", "domain mismatch"},
		{"i= beside d=", keys(), sign(text, "h=from", "i=x.example.jp"), text, "permerror", "pass"},
		{"t=s in the key", strict, sign(text, "h=from", "i=@a.example.jp"), text, "permerror", "pass"},
		{"x= before t=", keys(), sign(text, "h=from", "t=99999999998", "x=99999999997"), text, "permerror", "pass"},
		{"tab in p=", tabbed, sign(text, "h=from"), text, "pass", "illegal base64 data"},
		{"l=", keys(), sign(text, "h=from", "l=5"), text, "pass", "insecure body length"},
		{"v= of the key is not first", late, sign(text, "h=from"), text, "permerror", "pass"},
		{"empty tag", keys(), sign(text, "h=from", ""), text, "permerror", "pass"},
		{"an empty name in h=", keys(), sign(text, "h=from:"), text, "permerror", "pass"},
		{"d= ends in a dot", zone{"ed._domainkey.example.jp.": keys()["ed._domainkey.example.jp"]},
			seal(edKey, " v=1; a=ed25519-sha256; s=ed; d=example.jp.; h=from; bh=; b=", letter(), text), text, "permerror", "pass"},
		{"a tab before a CR that ends no line", keys(), seal(edKey, template("a=ed25519-sha256; s=ed", "c=relaxed/relaxed", "h=from"), letter(), "x\t\ry\r\n"),
			"x\t\ry\r\n", "pass", "body hash did not verify"},
		{"the signature's own field in h=", keys(), twice, text, "pass", "signature did not verify"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := examineParts(Config{Resolver: tt.zone}, tt.h, tt.body); words(got) != string(tt.want) {
				t.Errorf("%+v, want %s", got, tt.want)
			}
			errs, err := second(tt.zone, join(tt.h, tt.body))
			if err != nil || len(errs) != 1 {
				t.Fatalf("%v, %v", errs, err)
			}
			if got := fmt.Sprint(errs[0]); !strings.Contains(strings.Replace(got, "<nil>", "pass", 1), tt.other) {
				t.Errorf("go-msgauth: %s, want %s", got, tt.other)
			}
		})
	}
	t.Run("header only", func(t *testing.T) {
		h := sign("", "h=from")
		if got := examineParts(Config{Resolver: keys()}, h, ""); words(got) != "pass" {
			t.Errorf("%+v", got)
		}
		if _, err := second(keys(), strings.TrimSuffix(join(h, ""), "\r\n")); err == nil {
			t.Error("go-msgauth reads it too")
		}
	})
}

// folded matches what a milter is given as the value of a field.
var folded = regexp.MustCompile(`^([^\x00\r\n\v\f]|\n[ \t])*$`)

// FuzzSecondOpinion changes a signed message and compares the two: whatever go-msgauth passes we pass too, and the
// other way round, but for the differences above.
func FuzzSecondOpinion(f *testing.F) {
	f.Add(" Taro <taro@example.jp>", " b@c", []byte(text), "c=relaxed/relaxed", 0, byte(0))
	f.Add(" a@b\n\tc", "", []byte("x"), "c=simple/simple", 300, byte('x'))
	f.Add("x\n y", " \n\t", []byte(" \r\n\r\na\t"), "c=simple/relaxed", 70, byte(';'))
	f.Add("", "x", []byte("\n"), "c=relaxed", 20, byte(' '))
	f.Add("", "", []byte{}, "c\r\r=relaxed/relaxed", 0, byte(0))
	f.Fuzz(func(t *testing.T, from, to string, body []byte, c string, at int, octet byte) {
		if !folded.MatchString(from) || !folded.MatchString(to) {
			t.Skip()
		}
		h := policy.Header{{Name: "From", Value: from}, {Name: "To", Value: to}}
		h = seal(edKey, template("a=ed25519-sha256; s=ed", c, "h=from:to:from"), h, string(body))
		message := []byte(join(h, string(body)))
		if at > 0 && octet > ' ' && octet != ':' {
			if i := at % len(message); message[i] > ' ' && message[i] != ':' {
				message[i] = octet
			}
		}
		head, rest, _ := bytes.Cut(message, []byte("\r\n\r\n"))
		h, _ = split(string(head))
		got := examineParts(Config{Resolver: keys()}, h, string(rest))
		errs, err := second(keys(), string(message))
		if err != nil || len(errs) != len(got) {
			return
		}
		for i, r := range got {
			if (r.Result == policy.ResultPass) != (errs[i] == nil) && !differs(h, rest, r) {
				t.Errorf("%+v; go-msgauth: %v\n%q", r, errs[i], message)
			}
		}
	})
}

// differs reports whether the signature is one of those on which the two are known not to agree.
func differs(h policy.Header, body []byte, r policy.DKIM) bool {
	value := h[0].Value
	return hasBareCR(string(body)) || r.Identity != "" || strings.Contains(value, "l=") || strings.Count(value, "b=") > 1 ||
		r.Result == policy.ResultPermError
}
