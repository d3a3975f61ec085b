package dkim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// tags returns the value of a field that can be read, with changes: "name=value" replaces or adds a tag, "-name"
// leaves it out.
func tags(changes ...string) string {
	order := []string{"v", "a", "c", "d", "s", "h", "bh", "b"}
	values := map[string]string{"v": "1", "a": "rsa-sha256", "c": "relaxed/relaxed", "d": "example.jp", "s": "rsa",
		"h": "from:to", "bh": "AAAA", "b": "QUJD\n\tREVGR0hJ"}
	for _, c := range changes {
		if name, ok := strings.CutPrefix(c, "-"); ok {
			delete(values, name)
			order = slices.DeleteFunc(order, func(have string) bool { return have == name })
			continue
		}
		name, value, _ := strings.Cut(c, "=")
		if _, ok := values[name]; !ok {
			order = append(order, name)
		}
		values[name] = value
	}
	var b strings.Builder
	for _, name := range order {
		fmt.Fprintf(&b, " %s=%s;", name, values[name])
	}
	return b.String()
}

// filler returns n more tags.
func filler(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ";x%d=", i)
	}
	return b.String()
}

func TestSignature(t *testing.T) {
	const perm, own = policy.ResultPermError, policy.ResultPolicy
	now := fmt.Sprint(noon.Unix())
	after := func(d time.Duration) string { return fmt.Sprint(noon.Add(d).Unix()) }
	names := func(n int) string { return "from" + strings.Repeat(":x", n-1) }
	long := strings.Repeat("a.", 95) // with "rsa._domainkey." and "example.jp" a name of 216 octets
	tests := []struct {
		name, value string
		result      policy.Result
		reason      string
	}{
		{"as it should be", tags(), "", ""},
		{"nothing", "", perm, "field cannot be read: tag list is malformed"},
		{"a tag twice", tags() + " d=example.jp", perm, "field cannot be read: a tag stands twice"},
		{"an unknown tag", tags("zz=1"), "", ""},
		{"most tags", tags() + filler(MaxTags - 8)[1:], "", ""},
		{"too many tags", tags() + filler(MaxTags - 7)[1:], own, "field cannot be read: too many tags"},
		{"longest", tags("z=" + strings.Repeat("x", MaxFieldLength-len(tags("z=")))), "", ""},
		{"too long", tags("z=" + strings.Repeat("x", MaxFieldLength-len(tags("z="))+1)), own, "field is too long: 16385 octets"},

		{"no v=", tags("-v"), perm, `incompatible version: ""`},
		{"v= 2", tags("v=2"), perm, `incompatible version: "2"`},
		{"v= 01", tags("v=01"), perm, `incompatible version: "01"`},
		{"v= last", tags("-v", "v=1"), "", ""},
		{"no a=", tags("-a"), perm, "required tag is missing: a="},
		{"no b=", tags("-b"), perm, "required tag is missing: b="},
		{"no bh=", tags("-bh"), perm, "required tag is missing: bh="},
		{"no d=", tags("-d"), perm, "required tag is missing: d="},
		{"no h=", tags("-h"), perm, "required tag is missing: h="},
		{"no s=", tags("-s"), perm, "required tag is missing: s="},

		{"Ed25519", tags("a=ed25519-sha256"), "", ""},
		{"SHA-1", tags("a=rsa-sha1"), perm, "rsa-sha1 is not used any more (RFC 8301, 3.1)"},
		{"SHA-512", tags("a=rsa-sha512"), perm, `unknown algorithm: "rsa-sha512"`},
		{"algorithm without hash", tags("a=rsa"), perm, `unknown algorithm: "rsa"`},
		{"empty algorithm", tags("a="), perm, `unknown algorithm: ""`},

		{"no c=", tags("-c"), "", ""},
		{"c= for the header only", tags("c=relaxed"), "", ""},
		{"c= empty", tags("c="), perm, `unknown canonicalisation: ""`},
		{"c= without the second", tags("c=relaxed/"), perm, `unknown canonicalisation: "relaxed/"`},
		{"c= with three", tags("c=simple/simple/simple"), perm, `unknown canonicalisation: "simple/simple/simple"`},
		{"c= nofws", tags("c=nofws"), perm, `unknown canonicalisation: "nofws"`},

		{"q=", tags("q=dns/txt"), "", ""},
		{"q= among others", tags("q=http/x :\n dns/txt"), "", ""},
		{"q= of others", tags("q=http/x"), perm, `unknown query method: "http/x"`},
		{"q= empty", tags("q="), perm, `unknown query method: ""`},

		{"d= in capitals", tags("d=EXAMPLE.JP"), "", ""},
		{"d= of one label", tags("d=jp"), perm, `tag cannot be read: d="jp"`},
		{"d= with a dot at the end", tags("d=example.jp."), perm, `tag cannot be read: d="example.jp."`},
		{"d= with white space", tags("d=exa mple.jp"), perm, `tag cannot be read: d="exa mple.jp"`},
		{"d= in U-labels", tags("d=例え.jp"), perm, `tag cannot be read: d="例え.jp"`},
		{"d= an address", tags("d=[192.0.2.1]"), perm, `tag cannot be read: d="[192.0.2.1]"`},
		{"d= empty", tags("d="), perm, `tag cannot be read: d=""`},
		{"s= of two labels", tags("s=a.b"), "", ""},
		{"s= empty", tags("s="), perm, `tag cannot be read: s=""`},
		{"s= with an empty label", tags("s=a..b"), perm, `tag cannot be read: s="a..b"`},
		{"s= with a dot at the end", tags("s=a."), perm, `tag cannot be read: s="a."`},
		{"s= with an octet that is none", tags("s=a/b"), perm, `tag cannot be read: s="a/b"`},
		{"longest name of a key", tags("d=" + long + strings.Repeat("b", 37) + ".example.jp"), "", ""},
		{"name of a key too long", tags("d=" + long + strings.Repeat("b", 38) + ".example.jp"), perm,
			"tag cannot be read: s= and d= make a name that is too long"},

		{"i= the domain", tags("i=@example.jp"), "", ""},
		{"i= in another case", tags("i=x@ExAmPlE.jP"), "", ""},
		{"i= below", tags("i=x@mail.example.jp"), "", ""},
		{"i= quoted", tags("i=a=20b=3D@example.jp"), "", ""},
		{"i= with two @", tags(`i="x@evil.jp"@example.jp`), "", ""},
		{"i= folded", tags("i=x@\n\texample.jp"), "", ""},
		{"i= above", tags("i=x@jp"), perm, `i= does not lie in d=: "x@jp"`},
		{"i= beside", tags("i=x@notexample.jp"), perm, `i= does not lie in d=: "x@notexample.jp"`},
		{"i= elsewhere behind a quoted @", tags(`i=x@example.jp=40evil.jp`), perm, `i= does not lie in d=: "x@example.jp=40evil.jp"`},
		{"i= without @", tags("i=example.jp"), perm, `tag cannot be read: i="example.jp"`},
		{"i= no quoting", tags("i=a=2@example.jp"), perm, `tag cannot be read: i="a=2@example.jp"`},
		{"i= cut quoting", tags("i=@example.jp=2"), perm, `tag cannot be read: i="@example.jp=2"`},
		{"i= empty", tags("i="), perm, "tag cannot be read: i= is empty"},

		{"h= with blanks and folds", tags("h=To :\n\tFROM"), "", ""},
		{"h= names nothing", tags("h="), perm, `tag cannot be read: h= has the name ""`},
		{"h= with an empty name", tags("h=from::to"), perm, `tag cannot be read: h= has the name ""`},
		{"h= ends in a colon", tags("h=from:"), perm, `tag cannot be read: h= has the name ""`},
		{"h= with a blank in a name", tags("h=from:x y"), perm, `tag cannot be read: h= has the name "x y"`},
		{"h= without From", tags("h=to:subject"), perm, "From is not signed"},
		{"h= with From as a part", tags("h=x-from:fromage"), perm, "From is not signed"},
		{"h= with most names", tags("h=" + names(MaxSignedFields)), "", ""},
		{"h= with too many names", tags("h=" + names(MaxSignedFields+1)), own, "h= has too many names"},

		{"b= empty", tags("b="), perm, "tag cannot be read: b= is not base64"},
		{"b= not base64", tags("b=QU*D"), perm, "tag cannot be read: b= is not base64"},
		{"b= with padding inside", tags("b=QQ==QQ=="), perm, "tag cannot be read: b= is not base64"},
		{"b= with too much padding", tags("b=QQ==="), perm, "tag cannot be read: b= is not base64"},
		{"b= without padding", tags("b=QQ"), "", ""},
		{"bh= empty", tags("bh="), perm, "tag cannot be read: bh= is not base64"},
		{"bh= not base64", tags("bh=-"), perm, "tag cannot be read: bh= is not base64"},

		{"l= nothing", tags("l=0"), "", ""},
		{"l= empty", tags("l="), perm, `tag cannot be read: l=""`},
		{"l= negative", tags("l=-1"), perm, `tag cannot be read: l="-1"`},
		{"l= with most digits", tags("l=" + strings.Repeat("9", MaxDigits)), "", ""},
		{"l= with too many digits", tags("l=" + strings.Repeat("9", MaxDigits+1)), perm, `tag cannot be read: l="` + strings.Repeat("9", 64) + `"...`},

		{"t= ahead", tags("t=" + after(time.Hour)), "", ""},
		{"t= no number", tags("t=now"), perm, `tag cannot be read: t="now"`},
		{"x= ahead", tags("x=" + after(time.Second)), "", ""},
		{"x= over by the skew", tags("x=" + after(-ClockSkew)), "", ""},
		{"x= over by more", tags("x=" + after(-ClockSkew-time.Second)), perm, `signature expired: x="` + after(-ClockSkew-time.Second) + `"`},
		{"x= endless", tags("x=" + strings.Repeat("9", 70)), "", ""},
		{"x= no number", tags("x=never"), perm, `tag cannot be read: x="never"`},
		{"x= after t=", tags("t="+now, "x="+after(time.Second)), "", ""},
		{"x= is t=", tags("t="+now, "x="+now), perm, "x= is not after t="},
		{"x= before t=", tags("t="+after(time.Second), "x="+now), perm, "x= is not after t="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s signature
			got := s.parse(tt.value, noon)
			if got.result != tt.result || got.reason != tt.reason {
				t.Errorf("%q %q, want %q %q", got.result, got.reason, tt.result, tt.reason)
			}
		})
	}
}

// TestSignatureDescribed sees that the log says whose signature it was that could not be read.
func TestSignatureDescribed(t *testing.T) {
	h := policy.Header{
		{Name: "dkim-signature", Value: tags("v=2", "d=Example.JP", "i=a\n b@example.jp")},
		{Name: "From", Value: " a@example.jp"},
	}
	equal(t, examineParts(Config{}, h, ""), policy.DKIM{
		Result: policy.ResultPermError, Reason: `incompatible version: "2"`, Domain: "example.jp", Selector: "rsa",
		Identity: "ab@example.jp", Algorithm: "rsa-sha256", Signature: "QUJDREVG",
	})
}

func TestFromMissing(t *testing.T) {
	h := policy.Header{{Name: "DKIM-Signature", Value: tags()}, {Name: "To", Value: " a@example.jp"}}
	got := examineParts(Config{Resolver: keys()}, h, "")
	if len(got) != 1 || got[0].Result != policy.ResultPermError || got[0].Reason != string(reasonNoFrom) {
		t.Errorf("%+v", got)
	}
}
