package mime

import (
	"bytes"

	"sekimori/policy/mail/archive"
)

// Kind is what the octets of a part are, whatever its header says.
type Kind string

// The kinds.
const (
	KindEmpty    Kind = "empty"
	KindUnknown  Kind = "unknown" // octets that are no text and begin like nothing below
	KindText     Kind = "text"
	KindHTML     Kind = "html"
	KindSVG      Kind = "svg"
	KindXML      Kind = "xml"
	KindRTF      Kind = "rtf"
	KindPDF      Kind = "pdf"
	KindPS       Kind = "postscript"
	KindCalendar Kind = "calendar"
	KindScript   Kind = "script"   // begins with #!
	KindShortcut Kind = "shortcut" // a Windows shortcut: .lnk, or an Internet shortcut: .url
	KindPE       Kind = "pe"       // MZ: DOS and Windows programs
	KindELF      Kind = "elf"
	KindMachO    Kind = "mach_o"
	KindClass    Kind = "java_class"
	KindCHM      Kind = "chm"
	KindOneNote  Kind = "onenote"
	KindISO      Kind = "iso"
	KindVHD      Kind = "vhd" // VHD and VHDX
	KindWIM      Kind = "wim"
	KindZip      Kind = "zip"
	KindOOXML    Kind = "ooxml" // Office files that are zip files
	KindODF      Kind = "odf"
	KindJar      Kind = "jar"
	KindRar      Kind = "rar"
	Kind7z       Kind = "7z"
	KindGzip     Kind = "gzip"
	KindBzip2    Kind = "bzip2"
	KindXz       Kind = "xz"
	KindZstd     Kind = "zstd"
	KindTar      Kind = "tar"
	KindCab      Kind = "cab"
	KindLZH      Kind = "lzh"
	KindArj      Kind = "arj"
	KindAce      Kind = "ace"
	KindOLE      Kind = "ole" // Office files of old, and others
	KindMSI      Kind = "msi" // an OLE file that is a Windows installer package
	KindTNEF     Kind = "tnef"
	KindFlash    Kind = "flash"
	KindQuery    Kind = "query" // .iqy and .slk, which spreadsheets fetch or run
	KindImage    Kind = "image"
	KindMedia    Kind = "media" // sound and film
	KindFont     Kind = "font"
)

// magic is how a kind begins.
type magic struct {
	at   int
	mark string
	kind Kind
}

// magics lists the kinds by their beginning. No mark is the beginning of a later one at the same place.
var magics = [...]magic{
	{0, "MZ", KindPE},
	{0, "\x7fELF", KindELF},
	{0, "\xfe\xed\xfa\xce", KindMachO}, {0, "\xfe\xed\xfa\xcf", KindMachO}, {0, "\xce\xfa\xed\xfe", KindMachO}, {0, "\xcf\xfa\xed\xfe", KindMachO},
	{0, "L\x00\x00\x00\x01\x14\x02\x00", KindShortcut},
	{0, "[InternetShortcut]", KindShortcut},
	{0, "ITSF", KindCHM},
	{0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", KindOneNote},
	{0, "conectix", KindVHD}, {0, "vhdxfile", KindVHD},
	{0, "MSWIM\x00\x00\x00", KindWIM},
	{0, "PK\x03\x04", KindZip}, {0, "PK\x05\x06", KindZip}, {0, "PK\x07\x08", KindZip}, {0, "PK00PK\x03\x04", KindZip},
	{0, "Rar!\x1a\x07", KindRar},
	{0, "7z\xbc\xaf\x27\x1c", Kind7z},
	{0, "\x1f\x8b", KindGzip},
	{0, "BZh", KindBzip2},
	{0, "\xfd7zXZ\x00", KindXz},
	{0, "\x28\xb5\x2f\xfd", KindZstd},
	{257, "ustar", KindTar},
	{0, "MSCF", KindCab},
	{2, "-lh", KindLZH}, {2, "-lz", KindLZH},
	{0, "\x60\xea", KindArj},
	{7, "**ACE**", KindAce},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", KindOLE},
	{0, "\x78\x9f\x3e\x22", KindTNEF},
	{0, "{\\rt", KindRTF},
	{0, "%!PS", KindPS},
	{0, "CWS", KindFlash}, {0, "FWS", KindFlash}, {0, "ZWS", KindFlash},
	{0, "ID;P", KindQuery}, {0, "WEB\r\n", KindQuery}, {0, "WEB\n", KindQuery},
	{0, "BEGIN:VCALENDAR", KindCalendar},
	{0, "#!", KindScript},
	{0, "\xff\xd8\xff", KindImage}, {0, "\x89PNG\r\n", KindImage}, {0, "GIF8", KindImage}, {0, "BM", KindImage},
	{0, "II*\x00", KindImage}, {0, "MM\x00*", KindImage}, {8, "WEBP", KindImage}, {0, "\x00\x00\x01\x00", KindImage},
	{4, "ftyp", KindMedia}, {0, "ID3", KindMedia}, {0, "OggS", KindMedia}, {0, "fLaC", KindMedia}, {0, "\x1aE\xdf\xa3", KindMedia}, {0, "RIFF", KindMedia},
	{0, "wOFF", KindFont}, {0, "wOF2", KindFont}, {0, "OTTO", KindFont},
}

// sniff says what octets are, from the first headSize of them. A PDF may begin anywhere in them, as viewers let it.
func sniff(head []byte) Kind {
	if len(head) == 0 {
		return KindEmpty
	}
	if bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")) {
		return javaOrMach(head)
	}
	if archive.IsTar(head) { // before the others: its first octets are a name, which may begin with MZ or BM
		return KindTar
	}
	for i := range magics {
		m := &magics[i]
		if len(head) >= m.at+len(m.mark) && head[m.at] == m.mark[0] && string(head[m.at:m.at+len(m.mark)]) == m.mark {
			if !writtenAsText(m.kind) && textual(head) { // a text that begins with MZ, BM or GIF8
				continue
			}
			return m.kind
		}
	}
	if bytes.Contains(head, []byte("%PDF-")) {
		return KindPDF
	}
	return sniffText(head)
}

// writtenAsText reports whether files of a kind that has a mark are text. All others hold controls in their first octets: sizes,
// counts and versions in binary.
func writtenAsText(k Kind) bool {
	switch k {
	case KindShortcut, KindRTF, KindPS, KindQuery, KindCalendar, KindScript:
		return true
	default:
		return false
	}
}

// javaOrMach tells a Java class from a Mach-O file for several processors: a class has a version where the other has
// a small count.
func javaOrMach(head []byte) Kind {
	if len(head) >= 8 && head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] < 40 {
		return KindMachO
	}
	return KindClass
}

// sniffText tells texts apart. A byte order mark and blanks before the first tag are passed over.
func sniffText(head []byte) Kind {
	b := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	b = bytes.TrimLeft(b, " \t\r\n\f")
	switch {
	case len(b) > 0 && b[0] == '<':
		const longest = 64 // octets of a tag, however wide its letters
		lower := bytes.ToLower(b[:min(len(b), longest)])
		for _, t := range [...]string{"<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<meta", "<table", "<div", "<title", "<form", "<a ", "<p>", "<style"} {
			if bytes.HasPrefix(lower, []byte(t)) {
				return KindHTML
			}
		}
		lower = bytes.ToLower(b)
		switch {
		case bytes.Contains(lower, []byte("<svg")):
			return KindSVG
		case bytes.Contains(lower, []byte("<html")):
			return KindHTML
		case bytes.HasPrefix(lower, []byte("<?xml")):
			return KindXML
		}
	case bytes.HasPrefix(b, []byte("[InternetShortcut]")):
		return KindShortcut
	}
	if textual(head) || utf16Text(head) {
		return KindText
	}
	return KindUnknown
}

// textual reports whether octets hold no controls that text does not have. An escape begins a Japanese character set.
func textual(head []byte) bool {
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b && c != '\v' && c != '\b' {
			return false
		}
	}
	return true
}

func utf16Text(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff"))
}

// archiveFormat returns the format by which a kind can be listed, "" when it cannot.
func archiveFormat(k Kind) archive.Format {
	switch k {
	case KindZip:
		return archive.Zip
	case KindRar:
		return archive.Rar
	case Kind7z:
		return archive.SevenZip
	case KindOLE:
		return archive.OLE
	case KindLZH:
		return archive.LZH
	case KindCab:
		return archive.Cab
	case KindTar:
		return archive.Tar
	case KindGzip:
		return archive.Gzip
	default:
		return ""
	}
}

// officeKind returns what a listing says beyond its format, "" when nothing.
func officeKind(l *archive.Listing) Kind {
	switch l.Content {
	case archive.ContentOOXML:
		return KindOOXML
	case archive.ContentODF:
		return KindODF
	case archive.ContentJar:
		return KindJar
	case archive.ContentInstaller:
		return KindMSI
	default:
		return ""
	}
}
