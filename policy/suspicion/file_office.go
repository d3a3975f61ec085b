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
		find: func(r *reading) (string, bool) {
			return r.macro(macroRead, macroAuto, macroUnread)
		},
	}, {
		// Half a point below what stands whoever sends it (policy.DangerousFile): Japanese offices exchange such workbooks with those they know.
		Name: "attach_macro_auto", Family: policy.FamilyAttachment, Points: 55, Replaces: "attach_macro",
		Definition: "a document with macros of which a procedure starts by itself, such as AutoOpen, Document_Open or Workbook_Open, by the source or by what is left of it compiled",
		Source:     "oletools olevba; Sublime auto_executing_macros; MITRE T1204.002",
		find:       func(r *reading) (string, bool) { return r.macro(macroAuto) },
	}, {
		Name: "attach_macro_auto_first_contact", Family: policy.FamilyAttachment, Points: 70, Replaces: "attach_macro_auto",
		Definition: "as attach_macro_auto, from somebody who has not written here before",
		Source:     "as attach_macro_auto; Japanese offices exchange such files with those they know",
		find: func(r *reading) (string, bool) {
			if !r.firstContact() {
				return "", false
			}
			return r.macro(macroAuto)
		},
	}, {
		Name: "attach_macro_unread_first_contact", Family: policy.FamilyAttachment, Points: 70, Replaces: "attach_macro",
		Definition: "a document from somebody who has not written here before, with macros that could not be looked into: the source is not there, is damaged, encrypted or beyond a limit, or only the extension says that there are any",
		Source:     "as attach_macro_auto; what is hidden is taken for what it could be",
		find:       (*reading).unreadMacro,
	}, {
		Name: "office_macro_sheet", Family: policy.FamilyAttachment, Points: 40,
		Definition: "a workbook with a sheet of Excel 4.0 macros",
		Source:     "oletools; MITRE T1059.005",
		find: func(r *reading) (string, bool) {
			return r.firstFile(func(f *file) bool { return f.part.Archive != nil && f.part.Archive.MacroSheet })
		},
	}, {
		Name: "office_dde", Family: policy.FamilyAttachment, Points: 40,
		Definition: "a document that fetches from a program by DDE, which starts it: a field DDE or DDEAUTO of Word, a link of Excel or OpenDocument, or a formula in a table in plain text",
		Source:     "oletools msodde; MITRE T1559.002; OWASP CSV injection",
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

// macroState is what is known of the macros of a file.
type macroState uint8

const (
	macroNone   macroState = iota
	macroRead              // they wait for somebody to start them
	macroAuto              // a procedure starts by itself
	macroUnread            // they could not be looked into
)

// macro returns the first file with macros in one of the states.
func (r *reading) macro(wanted ...macroState) (string, bool) {
	files := r.attached()
	for i := range files {
		if state, what := r.macroOf(&files[i]); slices.Contains(wanted, state) {
			return what, true
		}
	}
	return "", false
}

// macroOf says what is known of the macros of a file.
func (r *reading) macroOf(f *file) (state macroState, what string) {
	l := f.part.Archive
	switch {
	case l == nil || !l.Macros:
	case len(l.AutoExec) > 0:
		return macroAuto, shortName(f.label()) + ": " + strings.Join(l.AutoExec, ", ")
	case l.MacrosUnread:
		return macroUnread, f.label()
	default:
		state, what = macroRead, f.label()
	}
	// the extension alone counts where the file could not be looked into; one without macros has nothing that runs
	if n, ok := f.named(fileMacro); ok && (l == nil || l.EncryptedOffice) && f.part.Kind != mime.KindEmpty {
		return macroUnread, n.text
	}
	if n, ok := r.entryOf(f, fileMacro); ok {
		return macroUnread, f.within(n)
	}
	return state, what
}

// unreadMacro keeps quiet where another file of the mail has said more.
func (r *reading) unreadMacro() (string, bool) {
	if !r.firstContact() {
		return "", false
	}
	if _, ok := r.macro(macroAuto); ok {
		return "", false
	}
	return r.macro(macroUnread)
}

func encryptedOffice(f *file) bool { return f.part.Archive != nil && f.part.Archive.EncryptedOffice }

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
