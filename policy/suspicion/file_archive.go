package suspicion

import (
	"fmt"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/archive"
	"sekimori/policy/mail/mime"
)

// fileArchives lists the indicators about archives.
func fileArchives() []Indicator {
	return []Indicator{{
		Name: "archive_encrypted", Family: policy.FamilyAttachment, Points: 10,
		Definition: "a zip, rar or 7z file that is encrypted, which is how many in Japan still send documents (PPAP)",
		Source:     "CISA: block what cannot be scanned; the Cabinet Office gave PPAP up on 2020-11-26",
		find:       func(r *reading) (string, bool) { return r.firstFile(encryptedArchive) },
	}, {
		Name: "archive_encrypted_first_contact", Family: policy.FamilyAttachment, Points: 30, Replaces: "archive_encrypted",
		Definition: "an encrypted archive from somebody who has not written here before",
		Source:     "as archive_encrypted",
		find: func(r *reading) (string, bool) {
			if _, ok := r.encryptedDangerous(); ok || !r.firstContact() { // that one says more
				return "", false
			}
			return r.firstFile(encryptedArchive)
		},
	}, {
		Name: "archive_encrypted_dangerous", Family: policy.FamilyAttachment, Points: 60, Replaces: "archive_encrypted",
		Definition: "an encrypted archive whose list, which can be read, names a program, script, shortcut or disk image",
		Source:     "Sublime attachment_encrypted_zip_vhdx; names stay readable in a zip file",
		find:       (*reading).encryptedDangerous,
	}, {
		Name: "archive_nested", Family: policy.FamilyAttachment, Points: 30,
		Definition: "an archive inside an archive",
		Source:     "rspamd MIME_ARCHIVE_IN_ARCHIVE",
		find:       (*reading).nestedArchive,
	}, {
		Name: "archive_bomb", Family: policy.FamilyAttachment, Points: 30,
		Definition: "an archive that declares more than 200 MB, or more than 10 MB and a hundred times its size, or more entries than are listed",
		Source:     "rspamd MIME_OBFUSCATED_ARCHIVE; CWE-409",
		find:       (*reading).bomb,
	}, {
		Name: "archive_ambiguous", Family: policy.FamilyAttachment, Points: 30,
		Definition: "an archive that names its files twice and differently, so that programs unpack different things: a zip file in its headers and in the list at its end, a cabinet in two lists, an LZH or tar file in two headers of a file",
		Source:     "CVE-2024-24789; APPNOTE 6.3.10, 4.3; MS-CAB, 2; CVE-2025-62518 (tar)",
		find:       (*reading).ambiguousArchive,
	}}
}

func encryptedArchive(f *file) bool {
	l := f.part.Archive
	return l != nil && l.Encrypted && l.Format != archive.OLE
}

func (r *reading) encryptedDangerous() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if !encryptedArchive(f) {
			continue
		}
		if n, ok := r.entryOf(f, fileExecutable, fileDiskImage); ok {
			return f.within(n), true
		}
	}
	return "", false
}

func (r *reading) nestedArchive() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if n, ok := r.entryOf(f, fileArchive); ok {
			return f.within(n), true
		}
		if packs(f.part.Inner) {
			return shortName(f.label()) + " (" + string(f.part.Inner) + " inside)", true
		}
	}
	return "", false
}

// packs reports whether octets are those of an archive or of a compressed file. Zip files are left to their names, because
// documents are zip files too, and a tar file is what a gzip file is expected to hold.
func packs(k mime.Kind) bool {
	switch k {
	case mime.KindRar, mime.Kind7z, mime.KindLZH, mime.KindCab, mime.KindArj, mime.KindAce, mime.KindGzip, mime.KindBzip2, mime.KindXz, mime.KindZstd:
		return true
	default:
		return false
	}
}

// compressed returns how the one file is called that a compressed file holds, by the names of that file: what stands before the last
// full stop. Programs call it so, whatever name may be written inside. A tar file is not meant: its own names are what counts, or
// cannot be read.
func (r *reading) compressed(f *file) []fileName {
	switch f.part.Kind {
	case mime.KindGzip, mime.KindBzip2, mime.KindXz, mime.KindZstd:
	default:
		return nil
	}
	var names []fileName
	for _, n := range f.names {
		if dot := strings.LastIndexByte(n.text, '.'); dot > 0 && n.class == fileArchive {
			if inner := r.fileName(n.text[:dot]); inner.extension != "tar" {
				names = append(names, inner)
			}
		}
	}
	return names
}

// What an archive may declare before it is archive_bomb.
const (
	bombSize  = 200 << 20 // octets, expanded
	bombRatio = 100       // of what is declared to the size of the file, above bombLeast
	bombLeast = 10 << 20
)

func (r *reading) bomb() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		l := f.part.Archive
		if l == nil || l.Format == archive.OLE || f.part.Inner != "" && len(r.in.Content.Stopped) > 0 {
			continue // the size of what a gzip file holds stands at its end, which may not have come
		}
		switch size := uint64(max(1, f.part.Size)); {
		case l.Size > bombSize, l.Size > bombLeast && l.Size/bombRatio > size:
			return fmt.Sprintf("%s (%d MB from %d kB)", shortName(f.label()), l.Size>>20, size>>10), true
		case limited(l, archive.LimitEntries), limited(l, archive.LimitNames):
			return fmt.Sprintf("%s (more than %d entries)", shortName(f.label()), len(l.Entries)), true
		}
	}
	return "", false
}

func limited(l *archive.Listing, limit archive.Limit) bool {
	for _, s := range l.Stopped {
		if s == limit {
			return true
		}
	}
	return false
}

func (r *reading) ambiguousArchive() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		l := f.part.Archive
		// of a file that was not read or listed to its end the rest differs for that reason alone
		if l == nil || len(l.Stopped) > 0 || f.part.Kind == mime.KindEmpty || len(r.in.Content.Stopped) > 0 {
			continue
		}
		for _, p := range l.Problems {
			switch p {
			case archive.ProblemMissing, archive.ProblemHidden, archive.ProblemName, archive.ProblemSize, archive.ProblemDirectories, archive.ProblemDuplicate:
				return shortName(f.label()) + " (" + string(p) + ")", true
			case archive.ProblemDirectory, archive.ProblemPrefix, archive.ProblemSuffix, archive.ProblemTruncated, archive.ProblemHeader, archive.ProblemPacked:
				// a transfer that was cut, and programs that add something, do that too
			}
		}
	}
	return "", false
}
