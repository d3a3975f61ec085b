package dmarc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

const (
	none       = policy.DMARCNone
	quarantine = policy.DMARCQuarantine
	reject     = policy.DMARCReject
)

func TestParse(t *testing.T) {
	tests := []struct {
		name string
		txt  string
		want *Record // nil: no DMARC record
	}{
		{"the least", "v=DMARC1", &Record{Fault: FaultMissing}},
		{"p", "v=DMARC1; p=reject", &Record{P: reject}},
		{"every tag", "v=DMARC1; p=none; sp=quarantine; np=reject; psd=n; t=y; adkim=s; aspf=s; rua=mailto:a@b.example; ruf=mailto:a@b.example; fo=1:d",
			&Record{P: none, SP: quarantine, NP: reject, PSD: PSDNo, Testing: true, StrictDKIM: true, StrictSPF: true, Reports: true}},

		// v comes first and its value is exact (4.7).
		{"v in lower case", "v=dmarc1; p=reject", nil},
		{"v with more", "v=DMARC12; p=reject", nil},
		{"v without separator", "v=DMARC1 p=reject", nil},
		{"v not first", "p=reject; v=DMARC1", nil},
		{"no v", "p=reject", nil},
		{"something before v", ";v=DMARC1; p=reject", nil},
		{"blank before v", " v=DMARC1; p=reject", nil},
		{"SPF record", "v=spf1 -all", nil},
		{"empty", "", nil},
		{"only v", "v", nil},
		{"v without value", "v=", nil},
		{"V in upper case", "V=DMARC1;p=reject", &Record{P: reject}},
		{"blanks about v", "v \t= \tDMARC1 \t; p=reject", &Record{P: reject}},
		{"no blanks", "v=DMARC1;p=reject;sp=none", &Record{P: reject, SP: none}},
		{"v again", "v=DMARC1; v=DMARC2; p=reject", &Record{P: reject}},

		// Names and values are plain ABNF strings: any case.
		{"any case", "v=DMARC1; P=ReJect; Sp=QUARANTINE; NP=None; PSD=Y; T=Y; AdKim=S; ASPF=S",
			&Record{P: reject, SP: quarantine, NP: none, PSD: PSDYes, Testing: true, StrictDKIM: true, StrictSPF: true}},

		// Mistakes in the remainder (4.8).
		{"unknown tag", "v=DMARC1; x=y; p=reject; unheardof=1", &Record{P: reject}},
		{"tags of RFC 7489", "v=DMARC1; p=reject; pct=0; rf=afrf; ri=86400", &Record{P: reject, Sampled: true}},
		{"pct of 99", "v=DMARC1; p=reject; pct=99", &Record{P: reject, Sampled: true}},
		{"pct of 100", "v=DMARC1; p=reject; pct=100", &Record{P: reject}},
		{"bad pct", "v=DMARC1; p=reject; pct=-1", &Record{P: reject}},
		{"empty pct", "v=DMARC1; p=reject; pct=", &Record{P: reject}},
		{"pct twice", "v=DMARC1; p=reject; pct=0; pct=0", &Record{P: reject}},
		{"tag without equals sign", "v=DMARC1; sp; p=reject; reject", &Record{P: reject}},
		{"empty tags", "v=DMARC1;; ;p=reject; ;", &Record{P: reject}},
		{"bad psd", "v=DMARC1; p=reject; psd=yes", &Record{P: reject}},
		{"bad t", "v=DMARC1; p=reject; t=1", &Record{P: reject}},
		{"bad adkim and aspf", "v=DMARC1; p=reject; adkim=strict; aspf=", &Record{P: reject}},
		{"r and n and u", "v=DMARC1; p=reject; adkim=r; aspf=r; t=n; psd=u", &Record{P: reject}},
		{"p late", "v=DMARC1; sp=none; p=reject", &Record{P: reject, SP: none}},

		// p, sp and np (4.10.1).
		{"p missing, rua", "v=DMARC1; rua=mailto:a@b.example", &Record{Reports: true, Fault: FaultMissing}},
		{"p missing, sp bad", "v=DMARC1; sp=x", &Record{Fault: FaultSP}},
		{"p bad", "v=DMARC1; p=rejected", &Record{Fault: FaultP}},
		{"p empty", "v=DMARC1; p=", &Record{Fault: FaultP}},
		{"p bad, rua", "v=DMARC1; p=x; rua=mailto:a@b.example", &Record{Fault: FaultP, Reports: true}},
		{"p and sp bad", "v=DMARC1; sp=all; p=x", &Record{Fault: FaultP}},
		{"sp bad", "v=DMARC1; p=reject; sp=all", &Record{P: reject, Fault: FaultSP}},
		{"np bad", "v=DMARC1; p=reject; np=all", &Record{P: reject, Fault: FaultNP}},

		// A tag that stands twice.
		{"p twice", "v=DMARC1; p=none; p=reject", &Record{Fault: FaultP}},
		{"p twice the same", "v=DMARC1; p=reject; P=reject", &Record{Fault: FaultP}},
		{"p three times", "v=DMARC1; p=none; p=none; p=reject", &Record{Fault: FaultP}},
		{"sp twice", "v=DMARC1; p=reject; sp=none; sp=none", &Record{P: reject, Fault: FaultSP}},
		{"aspf twice", "v=DMARC1; p=reject; aspf=s; aspf=s", &Record{P: reject}},
		{"psd twice", "v=DMARC1; p=reject; psd=n; psd=y", &Record{P: reject}},

		// Octets that the grammar does not have.
		{"control character in p", "v=DMARC1; p=rej\x00ect", &Record{Fault: FaultP}},
		{"8-bit in an unknown tag", "v=DMARC1; p=reject; \xe3\x81\x82=\xff", &Record{P: reject}},
		{"line break in the record", "v=DMARC1;\n p=reject", &Record{Fault: FaultMissing}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Parse(tt.txt)
			if ok != (tt.want != nil) {
				t.Fatalf("Parse(%q) = %v, want %v", tt.txt, ok, tt.want != nil)
			}
			if !ok {
				return
			}
			want := *tt.want
			if want.PSD == "" {
				want.PSD = PSDUnknown
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.txt, diff)
			}
		})
	}
}

func TestReportURI(t *testing.T) {
	tests := []struct {
		list string
		want bool
	}{
		{"mailto:dmarc@example.jp", true},
		{"MAILTO:dmarc@example.jp", true},
		{"mailto:dmarc@example.jp!10m", true},
		{"mailto:dmarc@example.jp!10", true},
		{"mailto:dmarc@example.jp!10mb", false},
		{"mailto:dmarc@example.jp!m", false},
		{"mailto:dmarc@example.jp!", false},
		{"https://example.jp/dmarc?a=b", true},
		{"rubbish, mailto:a@b.example", true},
		{" mailto:a@b.example ,\tx", true},
		{"mailto:a%2Cb@example.jp", true},
		{"mailto:a%2@example.jp", false},
		{"mailto:a b@example.jp", false},
		{"mailto:example.jp", false},
		{"mailto:@example.jp", false},
		{"mailto:a@", false},
		{"dmarc@example.jp", false},
		{"mailto", false},
		{"https:", false},
		{"1x:y", false},
		{":y", false},
		{"mailto:\xe3\x81\x82@example.jp", false},
		{"", false},
		{",,", false},
	}
	for _, tt := range tests {
		if got := hasReportURI(tt.list); got != tt.want {
			t.Errorf("hasReportURI(%q) = %v, want %v", tt.list, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"v=DMARC1", "v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; aspf=r; psd=y; t=y; rua=mailto:a@b.example!10m,https://x.example/%41",
		"v=DMARC1;p=", "V = DMARC1 ;;p", "v=DMARC1; p=none; p=reject",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, txt string) {
		r, ok := Parse(txt)
		if !ok {
			if r != (Record{}) {
				t.Fatalf("no record, but %+v", r)
			}
			return
		}
		if !strings.Contains(txt, "DMARC1") {
			t.Fatal("a record without its version")
		}
		// What is written down reads the same again.
		if r.Fault == FaultNone {
			again, ok := Parse(r.String())
			again.Reports = r.Reports
			if !ok || again != r {
				t.Fatalf("%q → %+v → %q → %+v", txt, r, r.String(), again)
			}
		}
		for _, below := range []bool{false, true} {
			switch p := r.For(below, policy.DNSNXDomain); p {
			case none, quarantine, reject:
			default:
				if r.Usable() {
					t.Fatalf("policy %q", p)
				}
			}
		}
	})
}
