package suspicion

import (
	"slices"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// filePDF lists the indicators about PDF files that act. What stands in compressed objects is not seen.
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
		Definition: "a PDF file that writes the name of an action or object with #xx, which no program needs to",
		Source:     "ISO 32000-2, 7.3.5; Didier Stevens, pdfid",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFEscaped) },
	}, {
		Name: "pdf_embedded_file", Family: policy.FamilyAttachment, Points: 10,
		Definition: "a PDF file that holds another file, or opens it",
		Source:     "ISO 32000-2, 7.11.4; electronic invoices do so too",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFEmbedded) },
	}, {
		Name: "pdf_open_action", Family: policy.FamilyAttachment, Points: 5,
		Definition: "a PDF file that does something when it is opened and leads elsewhere: to an address, another file, or a place to send a form to",
		Source:     "SpamAssassin PDFInfo; measured: 0.28 % of phish; Word sets a view that way",
		find:       (*reading).pdfOpens,
	}, {
		Name: "pdf_encrypted", Family: policy.FamilyAttachment, Points: 5,
		Definition: "a PDF file that is encrypted",
		Source:     "measured: 0.51 % of phish, no list mail",
		find:       func(r *reading) (string, bool) { return r.active(mime.ActivePDFEncrypt) },
	}}
}

func (r *reading) pdfOpens() (string, bool) {
	return r.firstFile(func(f *file) bool {
		has := func(a mime.Active) bool { return slices.Contains(f.part.Active, a) }
		return has(mime.ActivePDFOpen) && (has(mime.ActivePDFURI) || has(mime.ActivePDFSubmit) || has(mime.ActivePDFRemote))
	})
}
