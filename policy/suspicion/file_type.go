package suspicion

import (
	"slices"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// fileTypes lists the indicators about files that are not what they are called.
func fileTypes() []Indicator {
	return []Indicator{{
		Name: "attach_type_mismatch", Family: policy.FamilyAttachment, Points: 20,
		Definition: "the first octets of a file are of another class than its extension, such as HTML called .pdf",
		Source:     "rspamd MIME_BAD_ATTACHMENT; Sublime attachment_tar_with_rar_type; measured: 0.2 % of phish, 0.2 % of list mail (text dumps, which are not counted here)",
		find:       (*reading).otherType,
	}, {
		Name: "attach_type_mismatch_executable", Family: policy.FamilyAttachment, Points: 70, Replaces: "attach_type_mismatch",
		Definition: "a program, shortcut, installer or Java archive is called something else",
		Source:     "IPA Technical Watch 2015-01-09: programs with the names and icons of documents",
		find:       (*reading).disguised,
	}}
}

func (r *reading) otherType() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		for _, n := range f.names {
			if want := honestKinds(n.extension); want != nil && recognised(f.part.Kind) && !slices.Contains(want, f.part.Kind) {
				return shortName(n.text) + " (" + string(f.part.Kind) + ")", true
			}
		}
	}
	return "", false
}

func (r *reading) disguised() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		jar := f.part.Kind == mime.KindJar
		if !runs(f.part.Kind) && !jar {
			continue
		}
		for _, n := range f.names {
			// a zip file of Java source has a manifest too, and a library may have any name that is no document's
			if n.class != fileExecutable && (!jar || honestKinds(n.extension) != nil && n.class != fileArchive) {
				return shortName(n.text) + " (" + string(f.part.Kind) + ")", true
			}
		}
	}
	return "", false
}

// recognised reports whether octets were recognised for certain. Text can stand in any file, and what is unknown may be newer than
// this list.
func recognised(k mime.Kind) bool {
	switch k {
	case mime.KindEmpty, mime.KindUnknown, mime.KindText, mime.KindXML, "":
		return false
	default:
		return true
	}
}

// honestKinds returns the kinds that files with an extension honestly are, nil where anything may be. Programs that write a spreadsheet
// or a letter as HTML, RTF or text under the old extensions of Office are many.
func honestKinds(extension string) []mime.Kind {
	switch extension {
	case "pdf":
		return []mime.Kind{mime.KindPDF, mime.KindPS}
	case "doc", "dot", "rtf":
		return []mime.Kind{mime.KindOLE, mime.KindOOXML, mime.KindRTF, mime.KindHTML, mime.KindODF}
	case "xls", "xlt", "ppt", "pps", "csv":
		return []mime.Kind{mime.KindOLE, mime.KindOOXML, mime.KindHTML, mime.KindODF, mime.KindQuery}
	case "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "dotm", "xltx", "ppsx", "xlsb":
		return []mime.Kind{mime.KindOOXML, mime.KindOLE}
	case "odt", "ods", "odp", "odg":
		return []mime.Kind{mime.KindODF}
	case "jtd", "jtt", "msg":
		return []mime.Kind{mime.KindOLE}
	case "jpg", "jpeg", "jpe", "png", "gif", "bmp", "tif", "tiff", "webp", "ico", "heic":
		return []mime.Kind{mime.KindImage, mime.KindMedia, mime.KindSVG}
	case "mp3", "mp4", "m4a", "wav", "mov", "avi", "wmv", "webm":
		return []mime.Kind{mime.KindMedia, mime.KindImage, mime.KindFlash}
	case "zip":
		return []mime.Kind{mime.KindZip, mime.KindOOXML, mime.KindODF, mime.KindJar}
	case "rar":
		return []mime.Kind{mime.KindRar}
	case "7z":
		return []mime.Kind{mime.Kind7z}
	case "lzh", "lha":
		return []mime.Kind{mime.KindLZH}
	case "cab":
		return []mime.Kind{mime.KindCab}
	case "tar", "gz", "tgz", "bz2", "tbz", "tbz2", "xz", "txz", "zst", "tzst": // browsers expand what they store, and keep the name
		return []mime.Kind{mime.KindTar, mime.KindGzip, mime.KindBzip2, mime.KindXz, mime.KindZstd}
	case "ics":
		return []mime.Kind{mime.KindCalendar}
	}
	return nil
}
