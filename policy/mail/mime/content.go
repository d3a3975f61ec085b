package mime

import (
	"crypto/sha256"

	"sekimori/policy"
	"sekimori/policy/mail/archive"
)

// Content is what was found in the body of one message: facts without opinion. Names, texts and targets come from the
// mail and may hold any character. Everything is bounded by Limits.
type Content struct {
	Parts    []Part  // in their order; the first is the message itself; a part comes after the one that holds it
	Links    []Link  // of all parts, in their order
	Stopped  []Limit // the limits that were reached, each once: the message was not fully examined
	Octets   int64   // of the body, as transferred, up to the end of the piece in which a limit was reached
	Decoded  int64   // of all parts that hold no others
	Preamble int64   // octets before the first delimiter of a multipart, its line ends included
	Epilogue int64   // octets after its last
}

// Part is one part of a message (RFC 2045, 2.4).
type Part struct {
	Parent      int      // index of the part that holds it, -1 for the message itself
	Depth       int      // how many parts are around it
	Type        string   // declared type/subtype in small letters, "" when there is none
	Charset     string   // as declared, "" when it is not
	Kind        Kind     // what the first octets say; "" for multiparts and messages
	Inner       Kind     // of a gzip file that holds no tar file: what the first octets of its content say
	Encoding    Encoding // declared Content-Transfer-Encoding
	Disposition Disposition
	Names       []Name // every distinct name that some client shows
	Container   bool   // a multipart or message that was gone into
	Size        int64  // octets of the content, decoded
	SHA256      [sha256.Size]byte
	Hashed      bool             // SHA256 is that of the whole content; false where Limits.Hash is
	Oddities    []Oddity         // each once, in the order in which they were met
	Text        string           // of text and HTML: what is shown, as far as Limits.Text goes
	HTML        *HTML            // nil where the part is none
	Archive     *archive.Listing // nil where the part is none
	Active      []Active         // of a PDF or RTF file, each once
	Message     policy.Header    // header of the message that this part is, for parts inside a message/rfc822
}

// Name is one spelling of the name of a part.
type Name struct {
	Text     string // decoded; of a longer one the last MaxName octets
	Source   NameSource
	Spelling Spelling
}

// NameSource is the field that a name stands in.
type NameSource string

// The sources of names.
const (
	NameType        NameSource = "type"        // name of Content-Type (RFC 2045, 5.1)
	NameDisposition NameSource = "disposition" // filename of Content-Disposition (RFC 2183, 2.3)
	NameInline      NameSource = "inline"      // "begin 644 name" inside text
	NameTNEF        NameSource = "tnef"        // of an attachment in winmail.dat (MS-OXTNEF)
)

// Spelling is how a name is written.
type Spelling string

// The spellings.
const (
	SpellingPlain    Spelling = "plain"        // ASCII
	SpellingExtended Spelling = "extended"     // RFC 2231, 3 and 4
	SpellingWords    Spelling = "encoded_word" // RFC 2047, which does not allow it there
	SpellingRaw      Spelling = "raw"          // octets above 0x7f
	SpellingWide     Spelling = "utf_16"
)

// Encoding is a Content-Transfer-Encoding (RFC 2045, 6).
type Encoding string

// The encodings.
const (
	EncodingNone            Encoding = "" // no field
	Encoding7Bit            Encoding = "7bit"
	Encoding8Bit            Encoding = "8bit"
	EncodingBinary          Encoding = "binary"
	EncodingBase64          Encoding = "base64"
	EncodingQuotedPrintable Encoding = "quoted-printable"
	EncodingUU              Encoding = "x-uuencode" // not decoded
	EncodingUnknown         Encoding = "unknown"    // read as it stands
)

// Disposition is a Content-Disposition (RFC 2183, 2).
type Disposition string

// The dispositions.
const (
	DispositionNone       Disposition = "" // no field
	DispositionInline     Disposition = "inline"
	DispositionAttachment Disposition = "attachment"
	DispositionOther      Disposition = "other" // which clients treat as an attachment (RFC 2183, 2.8)
)

// Oddity is something about a part that readers of mail take differently.
type Oddity string

// The oddities.
const (
	OddityTypes           Oddity = "several_types"        // more than one Content-Type
	OddityEncodings       Oddity = "several_encodings"    // more than one Content-Transfer-Encoding
	OddityDispositions    Oddity = "several_dispositions" // more than one Content-Disposition
	OddityBoundaries      Oddity = "several_boundaries"   // boundary parameters that differ
	OddityNoBoundary      Oddity = "no_boundary"          // a multipart without one
	OddityNoClose         Oddity = "no_close"             // a multipart that does not end
	OddityCloseTail       Oddity = "close_tail"           // text on the line of the closing delimiter
	OddityNoParts         Oddity = "no_parts"             // a multipart without any delimiter
	OddityEncodedMulti    Oddity = "encoded_container"    // a multipart or message that is encoded itself
	OddityUnknownEncoding Oddity = "unknown_encoding"     // a transfer encoding nobody knows, or with octets that do not belong there
	OddityBase64          Oddity = "bad_base64"           // octets outside the alphabet, or padding inside
	OddityQuoted          Oddity = "bad_quoted_printable" // an equals sign that begins nothing
	OddityHeaderLine      Oddity = "bad_header_line"      // a line of the part's header that is no field
	OddityHeaderBlank     Oddity = "blank_before_colon"   // in the part's header
	OddityHeaderNUL       Oddity = "nul_in_header"        // in the part's header
	OddityHeader8Bit      Oddity = "raw_8bit_in_header"   // in the part's header
	OddityNoHeaderEnd     Oddity = "header_without_end"   // the part ends before its header does
	OddityNames           Oddity = "several_names"        // names that differ
	OddityUndeclared      Oddity = "undeclared_8bit"      // text above 0x7f without a charset
	OddityInlineUU        Oddity = "inline_uuencode"      // text that some clients show as an attachment
)

// Link is one address that a part refers to.
type Link struct {
	Part   int // index of the part
	Kind   LinkKind
	Target string // as a browser takes it, controls and blanks around it gone; cut at MaxTarget, data: URLs at MaxDataTarget
	Size   int    // octets of the target before it was cut
	Text   string // of an anchor: what is shown; cut at MaxLinkText
	Image  bool   // an anchor around an image
	Hidden bool   // inside hidden text
}

// LinkKind is how a part refers to an address.
type LinkKind string

// The kinds of links.
const (
	LinkAnchor     LinkKind = "anchor" // a and area
	LinkForm       LinkKind = "form"
	LinkImage      LinkKind = "image"
	LinkBase       LinkKind = "base"
	LinkRefresh    LinkKind = "refresh" // meta http-equiv=refresh
	LinkFrame      LinkKind = "frame"   // frame, iframe, object, embed
	LinkScript     LinkKind = "script"
	LinkStylesheet LinkKind = "stylesheet"
	LinkText       LinkKind = "text" // written out in plain text
	LinkBare       LinkKind = "bare" // a host in plain text without a scheme, as link.Bare; the target has the http:// that clients add
)

// HTML is what a part in HTML or SVG holds besides links and text.
type HTML struct {
	Forms       int
	Passwords   int          // fields for a password
	Images      int          // also those beyond Limits.Links
	Scripts     int          // script elements
	Handlers    int          // attributes that run script, such as onload
	Hidden      int          // elements whose style hides them
	HiddenText  int          // octets of text in them, which are not part of Text
	Comments    int          // conditional comments that Outlook reads
	DataTargets int          // data: URLs
	ScriptWords []ScriptWord // each once
	Read        int          // octets that were tokenized
}

// ScriptWord is a word of script that unpacks or hands over a file.
type ScriptWord string

// The words of script.
const (
	ScriptAtob         ScriptWord = "atob("
	ScriptFromCharCode ScriptWord = "fromCharCode"
	ScriptObjectURL    ScriptWord = "createObjectURL"
	ScriptUnescape     ScriptWord = "unescape("
	ScriptSaveBlob     ScriptWord = "msSaveOrOpenBlob"
	ScriptEval         ScriptWord = "eval("
	ScriptWrite        ScriptWord = "document.write"
	ScriptLocation     ScriptWord = "location"
)

// ScriptWords lists every ScriptWord.
func ScriptWords() []ScriptWord {
	return []ScriptWord{ScriptAtob, ScriptFromCharCode, ScriptObjectURL, ScriptUnescape, ScriptSaveBlob, ScriptEval,
		ScriptWrite, ScriptLocation}
}

// odd notes an oddity once.
func (p *Part) odd(o Oddity) {
	for _, have := range p.Oddities {
		if have == o {
			return
		}
	}
	p.Oddities = append(p.Oddities, o)
}

// Odd reports whether an oddity was noted.
func (p *Part) Odd(o Oddity) bool {
	for _, have := range p.Oddities {
		if have == o {
			return true
		}
	}
	return false
}
