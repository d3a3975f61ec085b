package mime

import "bytes"

// Active is something in a PDF or RTF file that does more than show text.
type Active string

// What is active. The words of a PDF are names of ISO 32000-2, those of RTF are control words.
const (
	ActivePDFJavaScript Active = "pdf_javascript"
	ActivePDFLaunch     Active = "pdf_launch"      // starts a program
	ActivePDFOpen       Active = "pdf_open_action" // something happens when it is opened, often only a view is set
	ActivePDFEmbedded   Active = "pdf_embedded_file"
	ActivePDFURI        Active = "pdf_uri"
	ActivePDFSubmit     Active = "pdf_submit_form"
	ActivePDFRemote     Active = "pdf_go_to_remote"
	ActivePDFMedia      Active = "pdf_rich_media"
	ActivePDFXFA        Active = "pdf_xfa"
	ActivePDFEncrypt    Active = "pdf_encrypt"
	ActivePDFObjects    Active = "pdf_object_streams" // compressed objects, which are not looked into
	ActivePDFEscaped    Active = "pdf_escaped_name"   // one of the names above written with #xx
	ActiveRTFObject     Active = "rtf_object_data"
	ActiveRTFUpdate     Active = "rtf_object_update" // an object that is loaded when the file is opened
	ActiveRTFLink       Active = "rtf_object_link"
	ActiveRTFTemplate   Active = "rtf_template"
	ActiveRTFField      Active = "rtf_field_instruction"
)

// activeWord returns what a name of a PDF, or a control word of RTF, stands for, "" when for nothing here. Names of two
// letters (/JS, /AA) are left out: compressed data holds them by chance.
func activeWord(k Kind, word []byte) Active {
	if k == KindRTF {
		switch string(word) {
		case "objdata":
			return ActiveRTFObject
		case "objupdate":
			return ActiveRTFUpdate
		case "objautlink", "objlink", "objocx":
			return ActiveRTFLink
		case "template":
			return ActiveRTFTemplate
		case "fldinst":
			return ActiveRTFField
		}
		return ""
	}
	switch string(word) {
	case "JavaScript":
		return ActivePDFJavaScript
	case "Launch":
		return ActivePDFLaunch
	case "OpenAction":
		return ActivePDFOpen
	case "EmbeddedFile", "EmbeddedFiles", "GoToE":
		return ActivePDFEmbedded
	case "URI":
		return ActivePDFURI
	case "SubmitForm":
		return ActivePDFSubmit
	case "GoToR":
		return ActivePDFRemote
	case "RichMedia":
		return ActivePDFMedia
	case "XFA":
		return ActivePDFXFA
	case "Encrypt":
		return ActivePDFEncrypt
	case "ObjStm":
		return ActivePDFObjects
	}
	return ""
}

// maxActiveWord is the longest word that is looked at, in octets, with each letter escaped.
const maxActiveWord = 3 * 16

// activeScan finds words behind a solidus (PDF) or a backslash (RTF), in pieces.
type activeScan struct {
	kind  Kind
	mark  byte
	in    bool
	word  []byte
	found []Active
}

func (s *activeScan) begin(k Kind) {
	*s = activeScan{kind: k, mark: '/', word: s.word[:0]}
	if k == KindRTF {
		s.mark = '\\'
	}
}

func (s *activeScan) write(p []byte) {
	for len(p) > 0 {
		if !s.in {
			i := bytes.IndexByte(p, s.mark)
			if i < 0 {
				return
			}
			s.in, s.word, p = true, s.word[:0], p[i+1:]
			continue
		}
		n := 0
		for n < len(p) && s.part(p[n]) && len(s.word) <= maxActiveWord {
			s.word = append(s.word, p[n])
			n++
		}
		if n == len(p) {
			return
		}
		s.take()
		p = p[n:]
	}
}

// part reports whether c can be part of a word.
func (s *activeScan) part(c byte) bool {
	letter := 'a' <= c && c <= 'z'
	if s.kind == KindPDF {
		letter = letter || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '#'
	}
	return letter
}

// take ends a word.
func (s *activeScan) take() {
	s.in = false
	word, escaped := s.word, false
	if s.kind == KindPDF && bytes.IndexByte(word, '#') >= 0 {
		escaped = true
		word = unescapeName(word)
	}
	if a := activeWord(s.kind, word); a != "" {
		s.note(a)
		if escaped {
			s.note(ActivePDFEscaped)
		}
	}
}

func (s *activeScan) note(a Active) {
	for _, have := range s.found {
		if have == a {
			return
		}
	}
	s.found = append(s.found, a)
}

// unescapeName undoes #xx in a name (ISO 32000-2, 7.3.5), in place.
func unescapeName(b []byte) []byte {
	n := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '#' && i+2 < len(b) {
			if hi, lo := hexDigits[b[i+1]], hexDigits[b[i+2]]; hi|lo < 16 {
				c = hi<<4 | lo
				i += 2
			}
		}
		b[n] = c
		n++
	}
	return b[:n]
}
