package mime

import "sekimori/policy/mail/archive"

// Limit names a limit that was reached.
type Limit string

// The limits.
const (
	LimitBody       Limit = "body"        // Limits.Body
	LimitDepth      Limit = "depth"       // Limits.Depth
	LimitParts      Limit = "parts"       // Limits.Parts
	LimitPartHeader Limit = "part_header" // Limits.PartHeader
	LimitBoundary   Limit = "boundary"    // MaxBoundary
	LimitDecoded    Limit = "decoded"     // Limits.Decoded
	LimitText       Limit = "text"        // Limits.Text
	LimitHTML       Limit = "html"        // Limits.HTML
	LimitLinks      Limit = "links"       // Limits.Links
	LimitArchives   Limit = "archives"    // Limits.Archives
	LimitHeaders    Limit = "headers"     // Limits.Headers
	LimitNames      Limit = "names"       // Limits.Names
	LimitEntries    Limit = "entries"     // a limit of package archive, named in its listing
	LimitObjects    Limit = "objects"     // Limits.Objects
)

// Limits bound the reading of one message. A field that is not positive allows nothing.
type Limits struct {
	Body       int64 // octets of body, as transferred; what follows is not looked at
	Depth      int   // parts around a part; what such a part holds is not gone into, it is only measured
	Parts      int   // parts; what follows the last is not looked at
	PartHeader int   // octets of the header of a part; fields beyond are passed over
	Decoded    int64 // decoded octets of all parts; what follows is not looked at
	Text       int   // decoded octets of plain text that are kept, of the whole message; the rest is only hashed
	HTML       int   // decoded octets of HTML that are read, of the whole message; the rest is only hashed
	Links      int   // links; further ones are left out
	Archives   int   // archives and Office files that are listed; further ones are only hashed
	Headers    int   // octets of the headers of attached messages, of the whole message; further fields are left out
	Names      int   // octets of names of parts and of entries in archives, of the whole message; further ones are left out
	Expanded   int   // octets that relationship parts of Office files are expanded to, of the whole message; further ones are not read
	Objects    int   // octets that object streams of PDF files are expanded to, of the whole message, with 4 for each of those they come from and 1,024 for each stream; further ones are not read
	Unpacked   int   // octets that tar files in gzip files and parts of Office files are expanded to, of the whole message, with 4 for each of those they come from; what follows is not looked at
	Archive    archive.Limits
	Hash       bool // work out Part.SHA256, which is a fifth of the time that an attachment takes
}

// DefaultLimits are meant for mail of up to 100 MB. Of an honest message a few hundred kilobytes stay in memory. The most that one can
// be made to hold is about 4 MB, of which links are the greater part; TestWorst measures it.
func DefaultLimits() Limits {
	return Limits{
		Body:       150 << 20,
		Depth:      16,
		Parts:      500,
		PartHeader: 16 << 10,
		Decoded:    128 << 20,
		Text:       256 << 10,
		HTML:       1 << 20,
		Links:      1000,
		Archives:   16,
		Headers:    128 << 10,
		Names:      512 << 10,
		Expanded:   2 << 20,
		Objects:    8 << 20,
		Unpacked:   8 << 20,
		Archive:    archive.DefaultLimits(),
		Hash:       true,
	}
}

// Limits of single values. Those that are cut are cut without a fact of their own, unless said otherwise.
const (
	// MaxBoundary is the longest boundary that is looked for, in octets (RFC 2046, 5.1.1, allows 70); a longer one is
	// LimitBoundary, and the multipart is not gone into.
	MaxBoundary = 512
	// MaxBoundaries is how many differing boundaries one multipart can have; further ones are LimitBoundary.
	MaxBoundaries = 4
	// MaxDelimiter is the longest line that can be a delimiter, blanks at its end included; a longer one is content.
	MaxDelimiter = 1024
	// MaxNames is how many names of one part are kept.
	MaxNames = 8
	// MaxName is how much of a name is kept, in octets: its end. Names in winmail.dat are kept from their beginning.
	MaxName = 1024
	// MaxType is how much of a type/subtype is kept, in octets (RFC 6838, 4.2, allows 127 for each half).
	MaxType = 255
	// MaxCharset is how much of the name of a charset is kept, in octets (RFC 2978, 2.3, allows 40).
	MaxCharset = 64
	// MaxTarget is how much of the target of a link is kept, in octets.
	MaxTarget = 2048
	// MaxDataTarget is how much of a data: URL is kept, in octets.
	MaxDataTarget = 64
	// MaxLinkText is how much of the shown text of a link is kept, in octets.
	MaxLinkText = 256
	// MaxParameters is how many parameters of one field are read.
	MaxParameters = 64
)

// stop notes a limit once.
func (c *Content) stop(l Limit) {
	for _, have := range c.Stopped {
		if have == l {
			return
		}
	}
	c.Stopped = append(c.Stopped, l)
}
