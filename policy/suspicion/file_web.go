package suspicion

import (
	"fmt"
	"slices"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// fileWeb lists the indicators about files that a browser opens from the disk.
func fileWeb() []Indicator {
	return []Indicator{{
		Name: "html_attachment", Family: policy.FamilyAttachment, Points: 20,
		Definition: "an HTML file, or an SVG file with links, that is attached and not the text of the mail",
		Source:     "Sublime attachment_html_*; rspamd; measured: 0.24 % of Japanese phish, at most 0.03 % of list mail",
		find:       func(r *reading) (string, bool) { return r.firstFile(r.webFile) },
	}, {
		Name: "html_attachment_form", Family: policy.FamilyAttachment, Points: 40, Replaces: "html_attachment",
		Definition: "an HTML file that is attached and asks for a password or has a form",
		Source:     "as html_attachment",
		find:       (*reading).webForm,
	}, {
		Name: "html_attachment_smuggling", Family: policy.FamilyAttachment, Points: 60, Replaces: "html_attachment",
		Definition: "an HTML file that is attached and whose script unpacks text or makes a file of it",
		Source:     "Sublime attachment_html_smuggling_*; MITRE T1027.006",
		find:       (*reading).smuggling,
	}, {
		Name: "svg_script", Family: policy.FamilyAttachment, Points: 60,
		Definition: "an SVG file with script",
		Source:     "Sublime attachment_svg_embedded_js",
		find: func(r *reading) (string, bool) {
			return r.firstFile(func(f *file) bool {
				return svg(f) && f.part.HTML != nil && (f.part.HTML.Scripts > 0 || f.part.HTML.Handlers > 0)
			})
		},
	}, {
		Name: "calendar_organizer", Family: policy.FamilyAttachment, Points: 5,
		Definition: "an invitation whose organizer is of another domain than every author",
		Source:     "measured: 0.6 % of phish, 0.17 % of list mail",
		find:       (*reading).organizer,
	}}
}

// svg reports whether a file is an SVG image by its octets or name.
func svg(f *file) bool {
	return f.part.Kind == mime.KindSVG || f.part.Type == "image/svg+xml" ||
		slices.ContainsFunc(f.names, func(n fileName) bool { return n.extension == "svg" })
}

// webFile reports whether a browser opens a file. Office and PDF files with an HTML name are left to attach_type_mismatch, and
// drawings without a link are what they seem.
func (r *reading) webFile(f *file) bool {
	if svg(f) {
		return f.part.HTML != nil && r.leads(f.part)
	}
	if _, ok := f.named(fileHTML); ok && f.part.Kind != mime.KindEmpty && !passive(f.part.Kind) {
		return true
	}
	return f.part.Kind == mime.KindHTML && len(f.names) == 0 || f.part.Kind == mime.KindHTML && f.part.Type == "text/html"
}

// leads reports whether a part has a link to click on.
func (r *reading) leads(p *mime.Part) bool {
	return slices.ContainsFunc(r.in.Content.Links, func(l mime.Link) bool {
		return l.Kind == mime.LinkAnchor && &r.in.Content.Parts[l.Part] == p
	})
}

func (r *reading) webForm() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if h := f.part.HTML; h != nil && r.webFile(f) && (h.Passwords > 0 || h.Forms > 0) {
			what := "form"
			if h.Passwords > 0 {
				what = "password"
			}
			return shortName(f.label()) + " (" + what + ")", true
		}
	}
	return "", false
}

// smuggling looks for script words that make a file of text. Those that old counters of visits use (unescape, document.write) count
// only beside eval.
func (r *reading) smuggling() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if f.part.HTML == nil || !r.webFile(f) || svg(f) {
			continue
		}
		has := func(w mime.ScriptWord) bool { return slices.Contains(f.part.HTML.ScriptWords, w) }
		for _, w := range []mime.ScriptWord{mime.ScriptObjectURL, mime.ScriptSaveBlob, mime.ScriptAtob} {
			if has(w) {
				return fmt.Sprintf("%s (%s)", shortName(f.label()), w), true
			}
		}
		if has(mime.ScriptEval) && (has(mime.ScriptFromCharCode) || has(mime.ScriptUnescape)) {
			return fmt.Sprintf("%s (%s)", shortName(f.label()), mime.ScriptEval), true
		}
	}
	return "", false
}
