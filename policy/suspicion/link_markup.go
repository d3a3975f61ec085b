package suspicion

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/link"
	"sekimori/policy/mail/mime"
)

// markupLinks lists the indicators about markup that has no business in a mail.
func markupLinks() []Indicator {
	return []Indicator{
		{
			Name: "url_data", Family: policy.FamilyLink, Points: 30,
			Definition: "a link that holds a page itself (data:text/html and the like) instead of leading to one",
			Source:     "sublime html smuggling rules; hardly in honest mail",
			find: findTarget(func(_ *reading, t *target) (string, bool) {
				return t.link.Target, t.url.Scheme == "data" && activeData(t.url.Rest)
			}),
		},
		{
			Name: "url_script", Family: policy.FamilyLink, Points: 10,
			Definition: "a link that runs script when it is followed; an empty one, as of buttons, is none",
			Source:     "0.8 % of hard ham of 2002, therefore weak",
			find: findTarget(func(_ *reading, t *target) (string, bool) {
				return t.link.Target, (t.url.Scheme == "javascript" || t.url.Scheme == "vbscript") && !idleScript(t.url.Rest)
			}),
		},
		{
			Name: "html_base", Family: policy.FamilyLink, Points: 10,
			Definition: "links cut in two, the host in a base element and the rest in the link, as filters miss them",
			Source:     "0.8 % of 7,910 phishing mails, and of hard ham of 2002",
			find: findTarget(func(r *reading, t *target) (string, bool) {
				return t.url.Name(), t.relative && t.link.Kind != mime.LinkText && !(t.host != nil && (t.host.own || r.authorOwns(t.host)))
			}),
		},
		{
			Name: "html_refresh", Family: policy.FamilyLink, Points: 20,
			Definition: "a page that leads to another one by itself (meta refresh)",
			Source:     "practice of HTML attachments; mail clients do not follow it",
			find: findTarget(func(_ *reading, t *target) (string, bool) {
				return t.url.Name(), t.link.Kind == mime.LinkRefresh && (t.url.HasHost() || t.url.Scheme == "data")
			}),
		},
		{
			Name: "html_form_password", Family: policy.FamilyLink, Points: 40,
			Definition: "a form in the text of the mail that asks for a password",
			Source:     "forms: 0.6 % of 7,910 phishing mails, 34 % of newsletters of 2002, hardly one of them with a password",
			find:       (*reading).passwordForm,
		},
	}
}

// activeData reports whether the content of a data: URL is something that a browser runs. Images are not.
func activeData(s string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(s), ",")
	kind, _, _ = strings.Cut(kind, ";")
	switch strings.TrimSpace(kind) {
	case "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "application/octet-stream", "application/x-msdownload", "application/zip":
		return true
	}
	return false
}

// idleScript reports whether script does nothing.
func idleScript(s string) bool {
	switch strings.Trim(strings.ToLower(link.Unescape(s)), " ;") {
	case "", "void(0)", "void 0", "//", "return false", "#":
		return true
	}
	return false
}

func (r *reading) passwordForm() (string, bool) {
	if r.in.Content == nil {
		return "", false
	}
	for i := range r.in.Content.Parts {
		p := &r.in.Content.Parts[i]
		if p.HTML == nil || p.HTML.Passwords == 0 || !r.isBody(i) {
			continue
		}
		for _, t := range r.followedLinks() {
			if t.link.Part == i && t.link.Kind == mime.LinkForm && t.url.HasHost() {
				return "-> " + t.url.Name(), true
			}
		}
		return "", true
	}
	return "", false
}
