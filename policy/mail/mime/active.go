package mime

import (
	"bytes"
	"slices"
)

// Active is something in a PDF or RTF file that does more than show text.
type Active string

// What is active. The words of a PDF are names of ISO 32000-2, those of RTF are control words.
const (
	ActivePDFJavaScript Active = "pdf_javascript"
	ActivePDFLaunch     Active = "pdf_launch"             // starts a program
	ActivePDFOpen       Active = "pdf_open_action"        // something happens when it is opened, often only a view is set
	ActivePDFAdditional Active = "pdf_additional_actions" // something happens when a page is opened, a field left, the file printed; only seen in object streams
	ActivePDFEmbedded   Active = "pdf_embedded_file"
	ActivePDFURI        Active = "pdf_uri"
	ActivePDFSubmit     Active = "pdf_submit_form"
	ActivePDFRemote     Active = "pdf_go_to_remote"
	ActivePDFMedia      Active = "pdf_rich_media"
	ActivePDFXFA        Active = "pdf_xfa"
	ActivePDFEncrypt    Active = "pdf_encrypt"
	ActivePDFObjects    Active = "pdf_unread_objects" // an object stream that is encrypted, damaged, or behind another filter than one Flate
	ActivePDFEscaped    Active = "pdf_escaped_name"   // one of the names above written with #xx
	ActiveRTFObject     Active = "rtf_object_data"
	ActiveRTFUpdate     Active = "rtf_object_update" // an object that is loaded when the file is opened
	ActiveRTFLink       Active = "rtf_object_link"
	ActiveRTFTemplate   Active = "rtf_template"
	ActiveRTFField      Active = "rtf_field_instruction"
)

// activeRTF returns what a control word of RTF stands for, "" when for nothing here.
func activeRTF(word []byte) Active {
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

// activePDF returns what a name of a PDF stands for, "" when for nothing here.
func activePDF(name []byte) Active {
	switch string(name) {
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

// activeObject returns what a name of two letters stands for in an object stream, "" when for nothing here. Outside of one they are
// left out, because compressed data holds them by chance.
func activeObject(name []byte) Active {
	switch string(name) {
	case "JS":
		return ActivePDFJavaScript
	case "AA":
		return ActivePDFAdditional
	}
	return ""
}

// activeScan finds what is active in one file, in pieces.
type activeScan struct {
	kind    Kind // "" where nothing is looked for
	words   wordScan
	objects objectScan
	found   []Active // each once
}

func (s *activeScan) begin(k Kind, r *Reader) {
	*s = activeScan{kind: k, words: wordScan{word: s.words.word[:0]}}
	switch k {
	case KindPDF:
		s.words.mark, s.words.names = '/', true
		s.objects = objectScan{r: r, found: s}
	case KindRTF:
		s.words.mark = '\\'
	default:
	}
}

func (s *activeScan) write(p []byte) {
	for len(p) > 0 {
		if s.objects.state == objectsData {
			n := s.objects.data(p)
			s.packed(p[:n])
			p = p[n:]
			continue
		}
		n, word := s.words.next(p)
		s.objects.write(p[:n])
		if word != nil {
			s.objects.name(s.take(word))
		}
		p = p[n:]
	}
}

// packed looks for words in the data of an object stream as they are, too, because what looks like one may be none to a viewer.
func (s *activeScan) packed(p []byte) {
	for len(p) > 0 {
		n, word := s.words.next(p)
		if word != nil {
			s.take(word)
		}
		p = p[n:]
	}
}

// end takes a word that the file ends with, and what is left of an object stream. Of a file that has not come whole the end is missing,
// where it would say that it is encrypted: that objects could not be read is then no finding.
func (s *activeScan) end(whole bool) {
	if word := s.words.end(); word != nil {
		s.take(word)
	}
	s.objects.end()
	if !whole {
		s.found = slices.DeleteFunc(s.found, func(a Active) bool { return a == ActivePDFObjects })
	}
}

// take takes a word of the file itself, and returns it without escapes. That there are object streams is no finding: they are looked
// into.
func (s *activeScan) take(word []byte) []byte {
	if s.kind == KindRTF {
		s.note(activeRTF(word))
		return word
	}
	name, escaped := unescaped(word)
	a := activePDF(name)
	if a != ActivePDFObjects {
		s.note(a)
	}
	if escaped && a != "" {
		s.note(ActivePDFEscaped)
	}
	return name
}

// object takes a name in an object stream, and the octet behind it. Object streams do not hold streams (ISO 32000-2, 7.5.7), so
// that one within another is a way to hide it.
func (s *activeScan) object(word []byte, behind byte) {
	name, escaped := unescaped(word)
	a := activePDF(name)
	if a == "" && !regular(behind) {
		a = activeObject(name)
	}
	s.note(a)
	if escaped && a != "" {
		s.note(ActivePDFEscaped)
	}
}

func (s *activeScan) note(a Active) {
	if a != "" && !slices.Contains(s.found, a) {
		s.found = append(s.found, a)
	}
}

// unescaped undoes #xx in a name (ISO 32000-2, 7.3.5), in place, and reports whether there is a number sign.
func unescaped(b []byte) ([]byte, bool) {
	if bytes.IndexByte(b, '#') < 0 {
		return b, false
	}
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
	return b[:n], true
}
