package authres

import (
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	ids := []string{"mx.gw.example", "old.example."}
	ours := []string{
		"mx.gw.example; dkim=pass",
		" mx.gw.example ; none",
		"mx.gw.example;none",
		"MX.Gw.EXAMPLE; dkim=pass",
		"old.example; none",
		// Version, comments, folding.
		"mx.gw.example 1; dkim=pass",
		"mx.gw.example 99; dkim=pass",
		"mx.gw.example(x); dkim=pass",
		"(x)mx.gw.example; dkim=pass",
		"((x)(y(z))) mx.gw.example (a;b) 1 (c) ; dkim=pass",
		"\n\tmx.gw.example\n\t;\n\tdkim=pass",
		"\r\n mx.gw.example; dkim=pass",
		// Quotes and escapes.
		`"mx.gw.example"; dkim=pass`,
		`"mx.gw.exam\ple"; dkim=pass`,
		`"\m\x\.gw.example" 1; dkim=pass`,
		`"mx.gw.example; dkim=pass`,
		`mx.gw.example"; dkim=pass`,
		`"mx.gw.example;" ; dkim=pass`,
		`"other.example; mx.gw.example"; dkim=pass`,
		`\mx.gw.example; dkim=pass`,
		// Comments that do not end, end twice, or are empty.
		"(mx.gw.example; dkim=pass",
		"((x) mx.gw.example; dkim=pass",
		"(x)) mx.gw.example; dkim=pass",
		`(\) mx.gw.example; dkim=pass`,
		`("(") mx.gw.example; dkim=pass`,
		"(mx.gw.example) other.example; dkim=pass",
		"mx(x).gw.example; dkim=pass",
		`(mx.gw.example"x)other.example; dkim=pass`,
		`(mx.gw\.exam"ple)other.example; dkim=pass`,
		"() mx.gw.example; dkim=pass",
		strings.Repeat("(", 1000) + strings.Repeat(")", 1000) + " other.example; none",
		// Junk before, between and behind.
		"; mx.gw.example; dkim=pass",
		", mx.gw.example; dkim=pass",
		"<mx.gw.example>; dkim=pass",
		"=?utf-8?q?mx.gw.example?=; dkim=pass",
		"mx.gw.example. ; dkim=pass",
		"mx.gw.example...; dkim=pass",
		"mx.gw.example, x; dkim=pass",
		"mx.gw.example/1; dkim=pass",
		"mx.gw.example:25; dkim=pass",
		"mx.gw.example@x; dkim=pass",
		"mx.gw.example=x; dkim=pass",
		"mx.gw.example dkim=pass",
		"mx.gw.example x; dkim=pass",
		"mx.gw.example",
		"mx.gw.example\x00; dkim=pass",
		"\x00mx.gw.example; dkim=pass",
		"mx.gw.example\u200b; dkim=pass",
		"\"mx.gw.exam\u200bple\"; dkim=pass",
		"\uff4dx.gw.example; dkim=pass",
		"other.example\n\nmx.gw.example; dkim=pass",
		"other.example\n\tmx.gw.example; dkim=pass",
		"other.example; mx.gw.example; dkim=pass",
		"other.example; spf=pass;\n\t\"mx.gw.example\"; dkim=pass",
		// Names below ours.
		"a.mx.gw.example; dkim=pass",
		"a.b.MX.gw.example; dkim=pass",
		// No id that can be read.
		"", " ", ";", "; none", "spf=pass smtp.mailfrom=x.example; dkim=none", "(x); none", `"x`, "x y; none", "<x>; none", "x\x01; none",
	}
	for _, value := range ours {
		if !Claims(value, ids) {
			t.Errorf("%q could be read as ours", value)
		}
	}
	foreign := []string{
		"mx.google.com; dkim=pass header.i=@example.net",
		"other.example; none",
		"other.example 1; none",
		"other.example",
		"gw.example; dkim=pass",        // above ours
		"amx.gw.example; dkim=pass",    // another name
		"a-mx.gw.example; dkim=pass",   // another name
		"mx.gw.example2; dkim=pass",    // another name
		"mx.gw.example-x; dkim=pass",   // another name
		"mx.gw.example.net; dkim=pass", // below another domain
		"mx.google.com; spf=pass smtp.mailfrom=a@mx.gw.example",
		"mx.google.com; spf=pass smtp.mailfrom=mx.gw.example smtp.helo=mx.gw.example; dkim=pass header.d=mx.gw.example",
		"mx.microsoft.com 1; spf=pass smtp.mailfrom=x.example; dmarc=pass action=none header.from=mx.gw.example;",
		`"other.example"; none`,
		"other.example (x); none",
	}
	for _, value := range foreign {
		if Claims(value, ids) {
			t.Errorf("%q is foreign", value)
		}
	}
	if Claims("other.example; none", nil) || Claims("other.example; none", []string{"", "."}) {
		t.Error("claimed without an id of ours")
	}
}

// What nobody can read is taken out, but only what bears our name was forged.
func TestNames(t *testing.T) {
	ids := []string{"mx.gw.example", "", "old.example."}
	for _, value := range []string{"mx.gw.example; dkim=pass", `"mx.gw.exam\ple"; dkim=pass`, "MX.gw.example x; dkim=pass", "a.old.example; none", "(x)mx.gw.example(y) 1; none"} {
		if !Claims(value, ids) || !Names(value, ids) {
			t.Errorf("%q bears our name", value)
		}
	}
	for _, value := range []string{
		"dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=contoso.example;",
		"spf=none (sender IP is ) smtp.mailfrom=a@contoso.example;", "mta1.mail.example  from=example.jp; domainkeys=neutral (no sig)", "", "x y; none",
	} {
		if !Claims(value, ids) || Names(value, ids) {
			t.Errorf("%q only cannot be read", value)
		}
	}
}

// FuzzClaims: what the grammar reads as ours is always claimed, and decoration does not hide it.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		"gw.example; none", `"gw.\example" 1; spf=pass a.b=c`, "(x(y)) GW.example. (z) ; a=b", "a.gw.example; none", "other; gw.example=pass",
	} {
		f.Add(seed, "", "")
	}
	f.Add("", "(", ")")
	f.Add(" 1; none", `"`, `"`)
	f.Fuzz(func(t *testing.T, value, before, after string) {
		const own = "gw.example"
		ids := []string{own}
		if field, err := Parse(value); err == nil {
			id := strings.ToLower(strings.TrimRight(field.ID, "."))
			if (id == own || strings.HasSuffix(id, "."+own)) && !Claims(value, ids) {
				t.Fatalf("%q is ours", value)
			}
		}
		// Whatever stands about the id, as long as it makes no other name of it and no result stands before it.
		if strings.ContainsAny(before, ";") || before != "" && nameByte(before[len(before)-1]) ||
			after != "" && (nameByte(after[0])) {
			return
		}
		if decorated := before + own + after + "; dkim=pass"; !Claims(decorated, ids) {
			t.Fatalf("%q could be read as ours", decorated)
		}
	})
}

func BenchmarkClaims(b *testing.B) {
	const value = " mx.google.com;\n\tdkim=pass header.i=@example.net header.s=20230601 header.b=abcd1234;\n\tspf=pass smtp.mailfrom=a@example.net;\n\tdmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.net"
	ids := []string{"mx.gw.example", "old.example"}
	b.ReportAllocs()
	for b.Loop() {
		Claims(value, ids)
	}
}

func BenchmarkParse(b *testing.B) {
	const value = " mx.google.com;\n\tdkim=pass header.i=@example.net header.s=20230601 header.b=abcd1234;\n\tspf=pass smtp.mailfrom=a@example.net"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(value); err != nil {
			b.Fatal(err)
		}
	}
}
