package suspicion

import (
	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// fileKinds lists the indicators about files that are dangerous whatever they hold.
func fileKinds() []Indicator {
	return []Indicator{{
		Name: "attach_executable", Family: policy.FamilyAttachment, Points: 80,
		Definition: "a program, script, shortcut or installer by its first octets or its extension, also inside an archive",
		Source:     "IPA, J-CSIP report 2014 Q1: nearly all attachments of targeted mail were programs or shortcuts; rspamd mime_types; Sublime attachment_lnk_file",
		find:       (*reading).executable,
	}, {
		Name: "attach_disk_image", Family: policy.FamilyAttachment, Points: 70,
		Definition: "an image of a disk by its first octets or its extension, also inside an archive",
		Source:     "Sublime attachment_encrypted_zip_vhdx; files in a mounted image lose the mark of the web",
		find:       (*reading).diskImage,
	}, {
		Name: "attach_onenote", Family: policy.FamilyAttachment, Points: 50,
		Definition: "a OneNote section or package, also inside an archive",
		Source:     "Sublime attachment_malicious_onenote_commands",
		find:       (*reading).oneNote,
	}}
}

func (r *reading) executable() (string, bool) {
	return r.ofClass(fileExecutable, runs)
}

func (r *reading) diskImage() (string, bool) {
	return r.ofClass(fileDiskImage, func(k mime.Kind) bool { return k == mime.KindISO || k == mime.KindVHD || k == mime.KindWIM })
}

func (r *reading) oneNote() (string, bool) {
	return r.ofClass(fileOneNote, func(k mime.Kind) bool { return k == mime.KindOneNote })
}

// ofClass looks for a file of a class: by its octets or those of what it holds, by one of its names, or by that of an entry.
func (r *reading) ofClass(class string, is func(mime.Kind) bool) (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if is(f.part.Kind) {
			return f.label() + " (" + string(f.part.Kind) + ")", true
		}
		if is(f.part.Inner) {
			return shortName(f.label()) + " (" + string(f.part.Inner) + " inside)", true
		}
		for _, n := range f.names {
			if n.class == class && !(n.extension == "com" && passive(f.part.Kind)) {
				return n.text, true
			}
		}
		if n, ok := r.entryOf(f, class); ok {
			return f.within(n), true
		}
	}
	return "", false
}

// runs reports whether Windows, or another system, runs files of a kind when they are opened. A Jar is left to its extension:
// it is a zip file like those of source code and of signed documents.
func runs(k mime.Kind) bool {
	switch k {
	case mime.KindPE, mime.KindELF, mime.KindMachO, mime.KindClass, mime.KindShortcut, mime.KindCHM, mime.KindMSI:
		return true
	default:
		return false
	}
}

// passive reports whether octets are those of a document or image, so that a name that ends in .com is the name of a site and
// not of a program.
func passive(k mime.Kind) bool {
	switch k {
	case mime.KindPDF, mime.KindImage, mime.KindOOXML, mime.KindODF, mime.KindOLE, mime.KindMedia, mime.KindCalendar, mime.KindRTF:
		return true
	default:
		return false
	}
}
