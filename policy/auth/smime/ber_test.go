package smime

import (
	"encoding/hex"
	"testing"
)

// TestDER reads elements of indefinite length.
func TestDER(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"definite, as it stands", "3003020101", "3003020101"},
		{"one", "30800201010000", "3003020101"},
		{"one in one", "3080308002010100000201020000", "30083003020101020102"},
		{"empty", "30800000", "3000"},
		{"an octet string in pieces", "2480040161040262630000", "0403616263"},
		{"pieces of pieces", "248024800401610000040262630000", "0403616263"},
		{"definite within", "30803080300302010100000000", "300730053003020101"},
		{"nothing behind", "3080020101000000", ""},
		{"no end", "3080020101", ""},
		{"half an end", "308002010100", ""},
		{"a primitive of indefinite length", "048061620000", ""},
		{"a piece that is no octet string", "24800201010000", ""},
		{"a length beyond the end", "308002050100000000", ""},
		{"a length of a length beyond the end", "3080028400", ""},
		{"a tag of several octets", "30801f8101010000", ""},
		{"nothing", "", ""},
		{"a tag alone", "30", ""},
	} {
		in, err := hex.DecodeString(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := derOf(in)
		if ok != (tt.want != "") || ok && hex.EncodeToString(got) != tt.want {
			t.Errorf("%s: %x, %v", tt.name, got, ok)
		}
	}
	for _, n := range []int{0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000} {
		e := element(octetString, make([]byte, n))
		if header, length, ok := definite(append(e, 0)); !ok || length != n || header+length != len(e) {
			t.Errorf("%d octets: %d and %d, %v", n, header, length, ok)
		}
	}
}
