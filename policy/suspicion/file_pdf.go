package suspicion

import (
	"slices"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// filePDF lists the indicators about PDF files that act.
func filePDF() []Indicator {
	return []Indicator{{
		Name: "pdf_launch", Family: policy.FamilyAttachment, Points: 60,
		Definition: "a PDF file with an action that starts a program",
		Source:     "ISO 32000-2, 12.6.4.6; SpamAssassin PDFInfo",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFLaunch) },
	}, {
		Name: "pdf_javascript", Family: policy.FamilyAttachment, Points: 30,
		Definition: "a PDF file with JavaScript",
		Source:     "Sublime attachment_pdf_embedded_js",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFJavaScript) },
	}, {
		Name: "pdf_disguised_name", Family: policy.FamilyAttachment, Points: 30,
		Definition: "a PDF file that writes the name of an action or object with #xx, which no program needs to, or packs its objects so that they cannot be read although it is not encrypted",
		Source:     "ISO 32000-2, 7.3.5 and 7.5.7; Didier Stevens, pdfid",
		find:       (*reading).pdfDisguised,
	}, {
		Name: "pdf_embedded_file", Family: policy.FamilyAttachment, Points: 10,
		Definition: "a PDF file that holds another file, or opens it",
		Source:     "ISO 32000-2, 7.11.4; electronic invoices do so too",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFEmbedded) },
	}, {
		Name: "pdf_open_action", Family: policy.FamilyAttachment, Points: 5,
		Definition: "a PDF file that does something when it, or a page or field of it, is opened and leads elsewhere: to an address, another file, or a place to send a form to",
		Source:     "SpamAssassin PDFInfo; measured: 0.28 % of phish; Word sets a view that way",
		find:       (*reading).pdfOpens,
	}, {
		Name: "pdf_encrypted", Family: policy.FamilyAttachment, Points: 5,
		Definition: "a PDF file that is encrypted",
		Source:     "measured: 0.51 % of phish, no list mail",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFEncrypt) },
	}}
}

// does reports whether a file has one of these.
func (f *file) does(any ...mime.Active) bool {
	return slices.ContainsFunc(any, func(a mime.Active) bool { return slices.Contains(f.part.Active, a) })
}

func (r *reading) pdfOpens() (string, bool) {
	return r.firstFile(func(f *file) bool {
		return f.does(mime.ActivePDFOpen, mime.ActivePDFAdditional) && f.does(mime.ActivePDFURI, mime.ActivePDFSubmit, mime.ActivePDFRemote)
	})
}

// pdfDisguised looks for names that are written so that a search does not find them. Of an encrypted file nobody can read the objects;
// of any other, programs leave them open or pack them by Flate alone.
func (r *reading) pdfDisguised() (string, bool) {
	if what, ok := r.active(mime.ActivePDFEscaped); ok {
		return what, true
	}
	files := r.attached()
	for i := range files {
		if f := &files[i]; f.does(mime.ActivePDFObjects) && !f.does(mime.ActivePDFEncrypt) {
			return shortName(f.label()) + " (" + string(mime.ActivePDFObjects) + ")", true
		}
	}
	return "", false
}
