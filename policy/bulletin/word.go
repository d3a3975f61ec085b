package bulletin

import (
	"fmt"
	"strings"

	"sekimori/policy"
)

// meaning is what a type of a file means for mail.
type meaning struct {
	kinds  []policy.BulletinKind // what a value is compared with; only the first outside of what MISP exports
	second bool                  // of a composite value, name|hash, the second part counts; else the first
	pair   bool                  // the value is composite
	why    string                // why it cannot be used; "" when it can
}

// part returns the part of a value that counts.
func (m meaning) part(value string) string {
	if !m.pair {
		return value
	}
	first, second, _ := strings.Cut(value, "|")
	if m.second {
		return second
	}
	return first
}

// The reasons for which types that are known cannot be used.
const (
	whyHash    = "attachments are compared by SHA-256 only"
	whyVictim  = "it mostly names who got the mail, and mail from and to those would be hit"
	whyReport  = "it leads to a report about the attack, not to the attack"
	whyUnseen  = "mail is not compared with it"
	whyDisplay = "a display name is nobody's alone; the suspicion rule looks at names"
)

// meaningOf returns what a type means, in any case and with - or _ or blanks between its words. Words of MISP that are not
// here have nothing to do with mail.
func meaningOf(word string) (meaning, bool) {
	use := func(k ...policy.BulletinKind) (meaning, bool) { return meaning{kinds: k}, true }
	pair := func(second bool, k ...policy.BulletinKind) (meaning, bool) {
		return meaning{kinds: k, pair: true, second: second}, true
	}
	useless := func(why string) (meaning, bool) { return meaning{why: why}, true }
	switch canonical(word) {
	case "address", "email", "email-address", "mail", "sender", "from", "email-src", "email-reply-to":
		return use(policy.BulletinAddress)
	case "domain", "domain-name":
		return use(policy.BulletinDomain, policy.BulletinHost)
	case "host", "hostname", "fqdn":
		return use(policy.BulletinHost, policy.BulletinDomain)
	case "domain|ip":
		return pair(false, policy.BulletinDomain, policy.BulletinHost)
	case "hostname|port":
		return pair(false, policy.BulletinHost, policy.BulletinDomain)
	case "ip-dst":
		return use(policy.BulletinHost)
	case "ip-dst|port":
		return pair(false, policy.BulletinHost)
	case "url", "uri":
		return use(policy.BulletinURL)
	case "sha256", "sha-256":
		return use(policy.BulletinSHA256)
	case "filename|sha256", "malware-sample|sha256":
		return pair(true, policy.BulletinSHA256)
	case "file-name", "filename", "email-attachment":
		return use(policy.BulletinFilename)
	case "client", "client-ip", "ip", "ip-src":
		return use(policy.BulletinClient)
	case "ip-src|port":
		return pair(false, policy.BulletinClient)
	case "subject", "email-subject":
		return use(policy.BulletinSubject)
	case "md5", "sha1", "sha-1", "sha224", "sha384", "sha512", "ssdeep", "tlsh", "imphash", "filename|md5", "filename|sha1",
		"filename|sha512", "malware-sample":
		return useless(whyHash)
	case "email-dst", "recipient", "to":
		return useless(whyVictim)
	case "link":
		return useless(whyReport)
	case "email-src-display-name", "email-dst-display-name":
		return useless(whyDisplay)
	case "email-body", "email-header", "email-message-id", "email-mime-boundary", "email-x-mailer", "email-thread-index", "attachment",
		"yara", "sigma", "snort", "regkey", "mutex", "user-agent", "as", "port", "vulnerability", "comment", "text", "other":
		return useless(whyUnseen)
	}
	return meaning{}, false
}

func canonical(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	if strings.ContainsAny(word, "_ ") {
		word = strings.NewReplacer("_", "-", " ", "-").Replace(word)
	}
	return word
}

func unknownType(word string) string {
	var names []string
	for _, k := range policy.BulletinKinds() {
		names = append(names, string(k))
	}
	possible := strings.Join(names, ", ")
	if strings.TrimSpace(word) == "" {
		return "an entry without type; possible are " + possible
	}
	return fmt.Sprintf("unknown type %s; possible are %s", quote(word), possible)
}
