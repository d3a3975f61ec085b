package mime

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestActive(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []Active
	}{
		{"nothing", "%PDF-1.4\n<< /Type /Catalog /Pages 1 0 R >>", nil},
		{"script", "%PDF-1.4\n<< /OpenAction << /S /JavaScript /JS (x) >> >>", []Active{ActivePDFOpen, ActivePDFJavaScript}},
		{"escaped", "%PDF-1.4\n<</S/#4aava#53cript>>", []Active{ActivePDFJavaScript, ActivePDFEscaped}},
		{"at the end", "%PDF-1.4\n/Launch", []Active{ActivePDFLaunch}},
		{"more letters", "%PDF-1.4\n/Launcher /URIs", nil},
		{"one after the other", "%PDF-1.4\n/URI/URI/EmbeddedFiles(x)", []Active{ActivePDFURI, ActivePDFEmbedded}},
		{"far behind", "%PDF-1.4\n" + strings.Repeat("x/y ", 5000) + "/Launch ", []Active{ActivePDFLaunch}},
		{"long name", "%PDF-1.4\n/" + strings.Repeat("L", 100) + "/Launch ", []Active{ActivePDFLaunch}},
		{"RTF", `{\rtf1 {\object\objupdate{\*\objdata 0105}}{\*\template http://evil.test}}`, []Active{ActiveRTFUpdate, ActiveRTFObject, ActiveRTFTemplate}},
		{"RTF without", `{\rtf1\ansi objdata \'82}`, nil},
		{"neither", "text /Launch \\objdata", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mixed("Content-Type: application/octet-stream\r\n\r\n" + tt.in)
			c := read(t, m, DefaultLimits())
			if diff := cmp.Diff(tt.want, c.Parts[1].Active); diff != "" {
				t.Error(diff)
			}
			samePieces(t, m, c)
		})
	}
}
