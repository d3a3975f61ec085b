// Package archive lists archives and Office files as they come, without taking anything out of them: which names they
// hold, what is encrypted, whether two readers would see different things, whether there are macros, and which of them start by
// themselves. It does not decide what that means, and knows nothing of mail.
//
// Nothing is decrypted. Expanded is only what says something that the list does not, each within limits of its own: of Office files
// the relationship parts, because they say from where a document fetches its template, the macro projects, and the parts with fields; the
// directory of a 7z file, because the names are there; a tar file in a gzip file. No file is held: a Lister keeps the entries, the
// octets of one record at a time, and of what is expanded a window.
package archive

// Format is a format that can be listed.
type Format string

// The formats.
const (
	Zip      Format = "zip"
	Rar      Format = "rar" // versions 1.5 to 4, and 5
	SevenZip Format = "7z"
	OLE      Format = "ole" // compound files (MS-CFB)
	LZH      Format = "lzh" // also LHA; headers of levels 0 to 3
	Cab      Format = "cab" // cabinet files (MS-CAB)
	Tar      Format = "tar"
	Gzip     Format = "gzip" // and a tar file in it
)

// Limit names a limit that was reached.
type Limit string

// The limits.
const (
	LimitEntries   Limit = "entries"   // Limits.Entries
	LimitNames     Limit = "names"     // Limits.Names
	LimitRecord    Limit = "record"    // Limits.Record
	LimitUnpacked  Limit = "unpacked"  // Limits.Unpacked, or too much work for as many octets
	LimitProject   Limit = "project"   // Limits.Project, or Limits.Unpacked in a project
	LimitDocument  Limit = "document"  // Limits.Document, or Limits.Unpacked in a document
	LimitRelations Limit = "relations" // Limits.Relations or Limits.Together, or Limits.Expanded of one of them
)

// Limits bound the listing of one archive.
type Limits struct {
	Entries   int // entries that are kept; further ones are left out, in zip files also of the comparison
	Names     int // octets of their names together, and of external relationships; further entries are left out as if over Entries
	Record    int // octets of the header of one entry, and of the directory of a 7z file; a longer one is passed over
	Relations int // relationship parts of an Office file that are read; further ones are not
	Packed    int // octets of one of them, or of a 7z directory with what follows it, as stored; more is not read, or ProblemPacked
	Expanded  int // octets of one of them, expanded; what follows is not read, of a 7z directory nothing: ProblemPacked
	Together  int // octets of all of them as stored, and as expanded; further ones are not read
	Unpacked  int // octets that are expanded of a tar file in a gzip file, or of Project and Document together, with 4 for each of those they come from; what follows is not looked at
	Project   int // octets of VBA projects in Office files, expanded, and once more of the source in them; what follows is not looked at
	Document  int // octets of parts of Office files that can have fields, expanded; what follows is not looked at
	External  int // external relationships that are kept, of hyperlinks half as many; further ones are left out
}

// DefaultLimits allow a listing of about half a megabyte.
func DefaultLimits() Limits {
	return Limits{Entries: 1000, Names: 256 << 10, Record: 64 << 10, Relations: 256, Packed: 16 << 10, Expanded: 64 << 10,
		Together: 1 << 20, Unpacked: 8 << 20, Project: 1 << 20, Document: 4 << 20, External: 100}
}

// MaxName is how much of a name is kept, in octets.
const MaxName = 512

// Content is what an archive is used for, as its entries say.
type Content string

// The contents.
const (
	ContentOther     Content = ""
	ContentOOXML     Content = "ooxml"     // Word, Excel, PowerPoint since 2007
	ContentODF       Content = "odf"       // OpenDocument
	ContentJar       Content = "jar"       // Java
	ContentOffice    Content = "office"    // OLE: Word, Excel, PowerPoint of old
	ContentInstaller Content = "installer" // OLE: a Windows installer package
	ContentMessage   Content = "message"   // OLE: an Outlook message
)

// Problem is something that readers of archives take differently, or that hides entries from a listing.
type Problem string

// The problems.
const (
	ProblemDirectory   Problem = "no_directory"     // zip without a central directory that is whole
	ProblemMissing     Problem = "missing_entry"    // zip: the directory lists an entry that is not where it says
	ProblemHidden      Problem = "hidden_entry"     // zip: an entry that the directory does not list
	ProblemName        Problem = "different_names"  // zip: an entry has another name in the directory; LZH: another extension in UTF-16
	ProblemSize        Problem = "different_sizes"  // zip: other sizes, method or encryption; tar: another size in a pax record
	ProblemDirectories Problem = "two_directories"  // zip: more than one directory; cabinet: files are not listed where they always are
	ProblemPrefix      Problem = "prefix"           // zip: octets before the first entry
	ProblemSuffix      Problem = "suffix"           // zip: octets after the end that no comment accounts for
	ProblemTruncated   Problem = "truncated"        // it ends before it should
	ProblemHeader      Problem = "bad_header"       // a header that cannot be read
	ProblemPacked      Problem = "directory_packed" // 7z: names are compressed in a way, or to a size, that is not read
	ProblemDuplicate   Problem = "duplicate_name"   // zip: two entries with one name
)

// Entry is one entry.
type Entry struct {
	Name      string // decoded; cut at MaxName octets at its beginning, because the extension stands at its end; may hold any character
	Size      uint64 // as declared, expanded
	Packed    uint64 // as declared, stored; 0 where a format does not say
	Encrypted bool
	Directory bool
}

// External is a relationship of an Office file to something outside of it (ECMA-376-2, 9.3).
type External struct {
	Type   string // the last word of the relationship's type, such as attachedTemplate or hyperlink
	Target string // cut at MaxName octets
}

// Listing is what an archive says of itself.
type Listing struct {
	Format          Format
	Content         Content
	Entries         []Entry
	Encrypted       bool // an entry, or the directory, is encrypted
	HeaderEncrypted bool // names cannot be read without the password
	Macros          bool // Office: there is a VBA project
	MacrosUnread    bool // Macros, of which no name is in AutoExec, and whose source was not read to its end
	MacroSheet      bool // Office: there is a sheet of Excel 4.0 macros
	Embedded        bool // Office: there is an embedded object
	EncryptedOffice bool // an OLE file around an encrypted OOXML document
	External        []External
	AutoExec        []string  // Office: procedures that it starts by itself, in their usual spelling, each once, at most MaxAutoExec
	DDE             string    // Office: the first field or link that fetches by DDE: its instruction, or program|topic; cut at MaxField octets
	Head            []byte    // gzip: how the content begins where it is no tar file, at most MaxHead octets
	Size            uint64    // sum of the declared sizes of the entries
	Problems        []Problem // each once
	Stopped         []Limit   // each once
}

// Lister lists one archive as it comes. It is for one goroutine.
type Lister struct {
	l      Listing
	limits Limits
	reader reader
	names  int // octets kept
	grown  int // octets expanded of relationship parts

	ended bool

	unpacked int // octets expanded of a tar file

	modules int  // of VBA whose source was read to its end
	unread  bool // some was not
}

// reader is one format.
type reader interface {
	write(p []byte)
	end()
}

// New begins with an archive in a format that its first octets showed.
func New(f Format, limits Limits) *Lister {
	x := &Lister{l: Listing{Format: f}, limits: limits}
	switch f {
	case Zip:
		x.reader = &zipReader{x: x}
	case Rar:
		x.reader = &rarReader{x: x}
	case SevenZip:
		x.reader = &sevenZipReader{x: x}
	case OLE:
		x.reader = &oleReader{x: x}
	case LZH:
		x.reader = &lzhReader{x: x}
	case Cab:
		x.reader = &cabReader{x: x}
	case Tar:
		x.reader = &tarReader{x: x}
	case Gzip:
		x.reader = &gzipReader{x: x}
	}
	return x
}

// Write takes the next octets of the archive; p is not kept. How they are cut into pieces makes no difference.
func (x *Lister) Write(p []byte) (int, error) {
	if !x.ended && x.reader != nil {
		x.reader.write(p)
	}
	return len(p), nil
}

// Listing returns what was found. The archive ends with it.
func (x *Lister) Listing() *Listing {
	if !x.ended && x.reader != nil {
		x.reader.end()
	}
	x.ended, x.reader = true, nil // what it needed is not to stay in memory with the listing
	return &x.l
}

// add keeps an entry as far as there is room.
func (x *Lister) add(e Entry) {
	x.l.Encrypted = x.l.Encrypted || e.Encrypted
	if x.l.Size += e.Size; x.l.Size < e.Size {
		x.l.Size = 1<<64 - 1
	}
	if len(x.l.Entries) >= x.limits.Entries {
		x.stop(LimitEntries)
		return
	}
	if !x.room(&x.names, len(e.Name)) {
		return
	}
	x.l.Entries = append(x.l.Entries, e)
}

// room takes room for a name, and reports whether there is as much.
func (x *Lister) room(used *int, n int) bool {
	if *used+n > x.limits.Names {
		x.stop(LimitNames)
		return false
	}
	*used += n
	return true
}

// Expanded returns how many octets the relationship parts of an Office file were expanded to.
func (x *Lister) Expanded() int { return x.grown }

// Unpacked returns how many octets were expanded of a tar file in a gzip file, or of projects and documents in an Office file, with what
// they came from (Limits.Unpacked).
func (x *Lister) Unpacked() int { return x.unpacked }

// NameOctets returns how many octets the names of a listing take, those of external relationships included.
func (l *Listing) NameOctets() int {
	n := 0
	for i := range l.Entries {
		n += len(l.Entries[i].Name)
	}
	for i := range l.External {
		n += len(l.External[i].Type) + len(l.External[i].Target)
	}
	return n
}

func (x *Lister) stop(l Limit) {
	for _, have := range x.l.Stopped {
		if have == l {
			return
		}
	}
	x.l.Stopped = append(x.l.Stopped, l)
}

func (x *Lister) problem(p Problem) {
	if !x.l.Has(p) {
		x.l.Problems = append(x.l.Problems, p)
	}
}

// Has reports whether a problem was found.
func (l *Listing) Has(p Problem) bool {
	for _, have := range l.Problems {
		if have == p {
			return true
		}
	}
	return false
}
