package authres

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func result(method, result string, properties ...Property) Result {
	return Result{Method: method, Version: 1, Result: result, Properties: properties}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name  string
		value string
		want  Field
	}{
		// The examples of RFC 8601, appendix B, in short.
		{"no results", "example.org 1; none", Field{"example.org", 1, nil}},
		{"one", " example.com;\n\tspf=pass smtp.mailfrom=example.net", Field{"example.com", 1, []Result{result("spf", "pass", Property{"smtp", "mailfrom", "example.net"})}}},
		{"comments", "example.com;\n\tauth=pass (cram-md5) smtp.auth=sender@example.net;\n\tspf=pass smtp.mailfrom=example.net",
			Field{"example.com", 1, []Result{
				result("auth", "pass", Property{"smtp", "auth", "sender@example.net"}), result("spf", "pass", Property{"smtp", "mailfrom", "example.net"})}}},
		{"heavy comments", "foo.example.net (foobar) 1 (baz);\n\tdkim (Because I like it) / 1 (One yay) = (wait for it) fail\n\tpolicy (A dot can go here) . (like that) expired\n\t(this surprised me) = (as I wasn't expecting it) 1362471462",
			Field{"foo.example.net", 1, []Result{result("dkim", "fail", Property{"policy", "expired", "1362471462"})}}},
		{"reason", `example.com; dkim=fail reason="bad signature" header.d=mail-router.example.net; dkim=fail reason=x`,
			Field{"example.com", 1, []Result{
				{"dkim", 1, "fail", "bad signature", []Property{{"header", "d", "mail-router.example.net"}}}, {"dkim", 1, "fail", "x", nil}}}},

		{"versions", "id 23; dkim/7=pass", Field{"id", 23, []Result{{"dkim", 7, "pass", "", nil}}}},
		{"case", "ID; DKIM=Pass Header.D=Example.COM REASON.x=y", Field{"ID", 1, []Result{result("dkim", "pass", Property{"header", "d", "Example.COM"}, Property{"reason", "x", "y"})}}},
		{"quoted id", `"gw.example\".\jp" ; none`, Field{`gw.example".jp`, 1, nil}},
		{"comments about the id", "(a(b)\\)) gw (c) 1 (d) ; (e) none (f)", Field{"gw", 1, nil}},
		{"CR LF", " gw;\r\n none\r\n ", Field{"gw", 1, nil}},
		{"quoted value", `gw; a=b c.d="x;\"y\\ z" e.f=""`, Field{"gw", 1, []Result{result("a", "b", Property{"c", "d", `x;"y\ z`}, Property{"e", "f", ""})}}},
		{"folded inside quotes", "gw; a=b c.d=\"x\n\ty\"", Field{"gw", 1, []Result{result("a", "b", Property{"c", "d", "x\ty"})}}},
		{"properties side by side", `gw; a=b c.d="x"e.f=y`, Field{"gw", 1, []Result{result("a", "b", Property{"c", "d", "x"}, Property{"e", "f", "y"})}}},
		{"addresses", `gw; a=b c.d=x=y/z?@e.f g.h="a b"@e.f i.j=@e.f k.l=m (n) @e.f`,
			Field{"gw", 1, []Result{result("a", "b", Property{"c", "d", "x=y/z?@e.f"}, Property{"g", "h", "a b@e.f"}, Property{"i", "j", "@e.f"}, Property{"k", "l", "m@e.f"})}}},
		{"UTF-8 in quotes", `gw; a=b c.d="太郎"`, Field{"gw", 1, []Result{result("a", "b", Property{"c", "d", "太郎"})}}},
		{"method none", "gw; none=pass", Field{"gw", 1, []Result{result("none", "pass")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		value string
		want  error
	}{
		{"", errWord},
		{" ", errWord},
		{"gw", errSep},
		{"gw spf=pass", errSep},
		{"gw;", errWord},
		{"gw; ;", errWord},
		{"gw; spf=pass;", errWord},
		{"gw; none;", errEquals},
		{"gw; none; none", errEquals},
		{"gw; spf=pass; none", errEquals},
		{"gw; spf", errEquals},
		{"gw; spf=", errWord},
		{"gw; spf- =pass", errWord},
		{"gw; s_pf=pass", errEquals},
		{"gw; spf=pass x", errPeriod},
		{"gw; spf=pass action=none", errPeriod},
		{"gw; spf=pass reason", errPeriod},
		{"gw; spf=pass reason=a reason=b", errPeriod},
		{"gw; spf=pass a.b=c reason=d", errPeriod},
		{`gw; spf=pass reason="a"b.c=d`, errSpace},
		{`gw; spf=pass"x"`, errSpace},
		{"gw; spf=pass a.=c", errWord},
		{"gw; spf=pass a.b", errEquals},
		{"gw; spf=pass a.b=", errWord},
		{"gw; spf=pass a.b=c=d", errWord},
		{"gw; spf=pass a.b=<c>", errWord},
		{"gw; spf=pass a.b=c@", errAddress},
		{"gw; spf=pass a.b=c@localhost", errAddress},
		{"gw; spf=pass a.b=.c@d.e", errAddress},
		{"gw; spf=pass a.b=c@d..e", errAddress},
		{`"gw"1; none`, errSpace},
		{"gw 1234567890; none", errWord},
		{"gw x; none", errSep},
		{"<gw>; none", errWord},
		{"(gw; none", errComment},
		{`(gw\`, errOctet},
		{"(gw\x00); none", errOctet},
		{"gw); none", errSep},
		{`"gw; none`, errQuote},
		{"gw\n; none", errFold},
		{"gw\r; none", errFold},
		{"gw;\n\n none", errFold},
		{"gw\x00; none", errSep},
		{"\xe3\x81\x82; none", errWord},
		{"\"\xff\"; none", errOctet},
		{"\"a\x7f\"; none", errOctet},
		{strings.Repeat("(", MaxNesting+1) + "x", errNesting},
		{strings.Repeat("(", MaxNesting) + "x", errComment},
	}
	for _, tt := range tests {
		_, err := Parse(tt.value)
		if !errors.Is(err, tt.want) || !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v, want %v", tt.value, err, tt.want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	if _, err := Parse(strings.Repeat("(", MaxNesting) + strings.Repeat(")", MaxNesting) + "gw; none"); err != nil {
		t.Errorf("%d comments in each other: %v", MaxNesting, err)
	}
	if _, err := Parse("gw" + strings.Repeat("; a=b", MaxResults)); err != nil {
		t.Errorf("%d results: %v", MaxResults, err)
	}
	if _, err := Parse("gw" + strings.Repeat("; a=b", MaxResults+1)); !errors.Is(err, errMany) {
		t.Errorf("%d results: %v", MaxResults+1, err)
	}
	const head, tail = "gw(", "); none"
	for n, want := range map[int]error{MaxField: nil, MaxField + 1: errLong} {
		value := head + strings.Repeat("x", n-len(head)-len(tail)) + tail
		if _, err := Parse(value); !errors.Is(err, want) {
			t.Errorf("%d octets: %v", len(value), err)
		}
		if got := Claims(value, []string{"other"}); got != (want != nil) {
			t.Errorf("%d octets: claimed %v", len(value), got)
		}
	}
}
