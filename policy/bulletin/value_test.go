package bulletin

import "testing"

// What is taken out of a name does not keep a letter and its accent apart, and folding twice is folding once.
func TestFoldName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`C:\tmp\Invoice.EXE`, "invoice.exe"},
		{"ＩＮＶＯＩＣＥ．exe", "invoice.exe"},
		{"\u202einvoice\u200b.exe", "invoice.exe"},
		{"A\u200b\u0301.exe", "á.exe"},
		{"A\x00\u0301.exe", "á.exe"},
		{"請求書\u3000 9月.zip", "請求書 9月.zip"},
	} {
		got := foldName(tt.in)
		if got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
		}
		if again := foldName(got); again != got {
			t.Errorf("%q becomes %q", got, again)
		}
	}
}
