package suspicion

import (
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// fileOffice lists the indicators about documents of Office.
func fileOffice() []Indicator {
	return []Indicator{{
		Name: "attach_macro", Family: policy.FamilyAttachment, Points: 40,
		Definition: "a document with a macro project, or a file inside an archive whose extension says so",
		Source:     "SpamAssassin OLEVBMacro; NPA and NISC on MirrorFace, 2025-01-08, campaign A",
		find:       (*reading).macro,
	}, {
		Name: "attach_macro_first_contact", Family: policy.FamilyAttachment, Points: 70, Replaces: "attach_macro",
		Definition: "a document with macros from somebody who has not written here before",
		Source:     "as attach_macro; Japanese offices exchange such files with those they know",
		find: func(r *reading) (string, bool) {
			if !r.firstContact() {
				return "", false
			}
			return r.macro()
		},
	}, {
		Name: "office_macro_sheet", Family: policy.FamilyAttachment, Points: 40,
		Definition: "a workbook with a sheet of Excel 4.0 macros",
		Source:     "oletools; MITRE T1059.005",
		find: func(r *reading) (string, bool) {
			return r.firstFile(func(f *file) bool { return f.part.Archive != nil && f.part.Archive.MacroSheet })
		},
	}, {
		Name: "office_dde", Family: policy.FamilyAttachment, Points: 40,
		Definition: "a table in plain text with a formula that calls a program",
		Source:     "oletools msodde; OWASP CSV injection",
		find:       (*reading).dde,
	}, {
		Name: "office_external_template", Family: policy.FamilyAttachment, Points: 50,
		Definition: "a document that fetches its template, a frame or an object from another host when it is opened",
		Source:     "Sublime attachment_office_remote_doc_template; MITRE T1221",
		find:       (*reading).externalTemplate,
	}, {
		Name: "office_encrypted", Family: policy.FamilyAttachment, Points: 10,
		Definition: "a document with a password",
		Source:     "Sublime attachment_encrypted_msft_office_files",
		find:       func(r *reading) (string, bool) { return r.firstFile(encryptedOffice) },
	}, {
		Name: "office_encrypted_first_contact", Family: policy.FamilyAttachment, Points: 30, Replaces: "office_encrypted",
		Definition: "a document with a password from somebody who has not written here before",
		Source:     "as office_encrypted",
		find: func(r *reading) (string, bool) {
			if !r.firstContact() {
				return "", false
			}
			return r.firstFile(encryptedOffice)
		},
	}, {
		Name: "rtf_object", Family: policy.FamilyAttachment, Points: 40,
		Definition: "an RTF file, whatever it is called, with an embedded or linked object",
		Source:     "Sublime attachment_rtf_embedded_content; CVE-2017-0199, CVE-2017-11882; measured: 0.01 % of phish",
		find: func(r *reading) (string, bool) {
			return r.active(mime.ActiveRTFObject, mime.ActiveRTFUpdate, mime.ActiveRTFLink)
		},
	}}
}

func (r *reading) macro() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if l := f.part.Archive; l != nil && l.Macros {
			return f.label(), true
		}
		// the extension alone counts where the file could not be looked into; one without macros has nothing that runs
		if n, ok := f.named(fileMacro); ok && (f.part.Archive == nil || f.part.Archive.EncryptedOffice) && f.part.Kind != mime.KindEmpty {
			return n.text, true
		}
		if n, ok := r.entryOf(f, fileMacro); ok {
			return f.within(n), true
		}
	}
	return "", false
}

func encryptedOffice(f *file) bool { return f.part.Archive != nil && f.part.Archive.EncryptedOffice }

// dde looks for =program|'arguments'!cell in tables that are text (Excel takes +, - and @ for an equals sign).
func (r *reading) dde() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if f.part.Text == "" || f.part.HTML != nil {
			continue
		}
		if !slices.ContainsFunc(f.names, func(n fileName) bool { return n.extension == "csv" || n.extension == "slk" || n.extension == "tsv" }) {
			continue
		}
		for rest := f.part.Text; ; {
			bar := strings.IndexByte(rest, '|')
			if bar < 0 {
				break
			}
			if formula, ok := ddeFormula(rest[:bar], rest[bar+1:]); ok {
				return shortName(f.label()) + ": " + formula, true
			}
			rest = rest[bar+1:]
		}
	}
	return "", false
}

// ddeFormula reports whether a cell begins with a sign of a formula and the name of a program before a bar, and an exclamation mark
// follows on the same line.
func ddeFormula(before, after string) (string, bool) {
	const longest = 40
	before = before[max(0, len(before)-longest):]
	sign := strings.LastIndexAny(before, "=+-@")
	if sign < 0 || sign > 0 && !strings.ContainsRune(",;\t\n\r\"'+-=@ ", rune(before[sign-1])) {
		return "", false
	}
	program := strings.ToLower(strings.Trim(before[sign+1:], " '\""))
	line, _, _ := strings.Cut(after[:min(len(after), maxEvidence*8)], "\n")
	mark := strings.IndexByte(line, '!')
	if program == "" || mark < 0 || program[0] < 'a' || 'z' < program[0] || strings.Trim(program, "abcdefghijklmnopqrstuvwxyz0123456789._") != "" {
		return "", false
	}
	return before[sign:] + "|" + line[:mark+1], true
}

// externalTemplate looks at relationships that are fetched without a click. A template on a disk or on a file server of the
// sender's house is in many honest documents.
func (r *reading) externalTemplate() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if f.part.Archive == nil {
			continue
		}
		for _, e := range f.part.Archive.External {
			switch e.Type {
			case "attachedTemplate", "oleObject", "frame", "subDocument", "aFChunk", "package", "control":
			default:
				continue
			}
			if host := remoteHost(e.Target); host != "" && !r.ofAuthor(host) {
				return shortName(f.label()) + " -> " + host, true
			}
		}
	}
	return "", false
}

// remoteHost returns the host of a target that leads out of the sender's house, "" for others: those without a host, and those on a
// file server whose name has no full stop.
func remoteHost(target string) string {
	t := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(target), `\`, "/"))
	t = strings.TrimPrefix(t, "mhtml:")
	scheme, rest, ok := strings.Cut(t, ":")
	server := false
	switch {
	case ok && (scheme == "http" || scheme == "https" || scheme == "ftp"):
	case ok && scheme == "file":
		if strings.HasPrefix(rest, "///") && !strings.HasPrefix(rest, "////") { // on this disk
			return ""
		}
		server = true
	case strings.HasPrefix(t, "//"):
		rest, server = t, true
	default:
		return ""
	}
	host := strings.TrimLeft(rest, "/")
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	if at := strings.LastIndexByte(host, '@'); at >= 0 && !server {
		host = host[at+1:]
	}
	host, _, _ = strings.Cut(host, "@") // of a file server: host@SSL@port is WebDAV
	host, _, _ = strings.Cut(host, ":")
	if !strings.Contains(host, ".") {
		return ""
	}
	return host
}

// ofAuthor reports whether a host is an author's domain or lies under it.
func (r *reading) ofAuthor(host string) bool {
	for _, a := range r.in.Facts.Authors {
		d := string(a.Address.Domain)
		if d != "" && (host == d || strings.HasSuffix(host, "."+d)) {
			return true
		}
	}
	return false
}

// active returns the first file that holds one of those.
func (r *reading) active(wanted ...mime.Active) (string, bool) {
	files := r.attached()
	for i := range files {
		for _, a := range files[i].part.Active {
			if slices.Contains(wanted, a) {
				return shortName(files[i].label()) + " (" + string(a) + ")", true
			}
		}
	}
	return "", false
}
