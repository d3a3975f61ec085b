package bulletin

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

// The shortest values that are told from honest mail, in characters.
const (
	MinName    = 4  // of a file name; a shorter one is refused
	MinSubject = 4  // of a Subject; a shorter one is refused
	LowSubject = 10 // of a Subject; a shorter one is a warning
)

// refused says why an indicator that could be compared is not taken: it would hit honest mail. "" means that it is taken.
func refused(k policy.BulletinKind, v string) string {
	switch k {
	case policy.BulletinDomain:
		switch {
		case suffix(v):
			return fmt.Sprintf("%s is a public suffix: everyone's domains lie below it", v)
		case freemail(v):
			return fmt.Sprintf("%s gives mailboxes to everyone: mail of all of them would be hit; name the address", v)
		case crowded(v):
			return fmt.Sprintf("%s serves everyone: honest mail would be hit", v)
		}
	case policy.BulletinHost:
		switch {
		case strings.HasPrefix(v, "["), address4(v):
			return local(v)
		case suffix(v):
			return fmt.Sprintf("%s is a public suffix: everyone's hosts lie below it", v)
		case crowded(v), freemail(v):
			return fmt.Sprintf("%s serves everyone: links to it are in honest mail; give a url with its path", v)
		}
	case policy.BulletinURL:
		host, path := urlHost(v)
		switch {
		case strings.HasPrefix(host, "["), address4(host):
			return local(host)
		case path == "" && (crowded(host) || freemail(host)):
			return fmt.Sprintf("every link to %s would be hit; give its path", host)
		case path == "" && suffix(host):
			return fmt.Sprintf("%s is a public suffix", host)
		}
	case policy.BulletinFilename:
		if common(v) {
			return fmt.Sprintf("%s is the name of files in honest mail", quote(v))
		}
	case policy.BulletinSubject:
		if n := utf8.RuneCountInString(v); n < MinSubject {
			return fmt.Sprintf("%s is a Subject of %d characters; honest mail has such, at least %d are wanted", quote(v), n, MinSubject)
		}
	case policy.BulletinSHA256:
		if v == emptyFile {
			return "that is the SHA-256 of a file without content"
		}
	case policy.BulletinAddress, policy.BulletinClient: // they name one mailbox; normalClient looks at networks
	}
	return ""
}

// doubtful says what is odd about an indicator that is taken all the same.
func doubtful(k policy.BulletinKind, v string) string {
	switch k {
	case policy.BulletinSubject:
		if n := utf8.RuneCountInString(v); n < LowSubject {
			return fmt.Sprintf("%s is a short Subject: honest mail may have the same", quote(v))
		}
	case policy.BulletinURL:
		host, path := urlHost(v)
		if len(path) > 0 && len(path) < 4 && (crowded(host) || freemail(host)) {
			return fmt.Sprintf("%s serves everyone, and the path is short: honest links may begin with it", host)
		}
	case policy.BulletinAddress, policy.BulletinDomain, policy.BulletinHost, policy.BulletinSHA256, policy.BulletinFilename, policy.BulletinClient:
	}
	return ""
}

// urlHost returns the host of a url, without its port, and what follows the slash behind it.
func urlHost(v string) (host, path string) {
	host, path, _ = strings.Cut(v, "/")
	if n := strings.LastIndexByte(host, ':'); n >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:n]
	}
	return host, path
}

// emptyFile is the hash of no octets at all.
const emptyFile = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// suffix reports whether everyone can have a name below a domain: a top-level domain, go.jp, github.io.
func suffix(d string) bool {
	s, _ := publicsuffix.PublicSuffix(d)
	return s == d
}

func address4(v string) bool {
	_, err := netip.ParseAddr(v)
	return err == nil
}

// local says why links to an address lead nowhere on the Internet.
func local(v string) string {
	a, err := netip.ParseAddr(strings.Trim(v, "[]"))
	if err == nil && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified()) {
		return quote(v) + " is not an address of the Internet"
	}
	return ""
}

// freemail reports whether a domain gives mailboxes to everyone.
func freemail(d string) bool {
	switch d {
	case "gmail.com", "googlemail.com", "outlook.com", "outlook.jp", "hotmail.com", "hotmail.co.jp", "live.com", "live.jp", "msn.com",
		"yahoo.com", "yahoo.co.jp", "ymail.ne.jp", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "aol.jp", "proton.me",
		"protonmail.com", "pm.me", "gmx.com", "gmx.de", "gmx.net", "web.de", "mail.com", "mail.ru", "yandex.ru", "yandex.com", "zoho.com",
		"fastmail.com", "tutanota.com", "tuta.com", "qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com", "sohu.com",
		"139.com", "naver.com", "daum.net", "hanmail.net", "nate.com", "goo.jp", "mail.goo.ne.jp", "excite.co.jp", "infoseek.jp",
		"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ocn.ne.jp", "nifty.com", "biglobe.ne.jp",
		"so-net.ne.jp", "plala.or.jp", "dion.ne.jp", "rakuten.jp", "orange.fr", "free.fr", "laposte.net", "libero.it", "t-online.de",
		"comcast.net", "verizon.net", "att.net", "btinternet.com", "rediffmail.com", "uol.com.br", "bol.com.br", "terra.com.br":
		return true
	}
	return false
}

// crowded reports whether a host, or a name above it, is one to which honest mail of every house links, or writes from: where
// everyone can put something, short links, and the largest sites.
func crowded(host string) bool {
	for d := policy.Domain(host); d != ""; d = d.Parent() {
		if d == policy.Domain(host) && widest(d) || hosting(d) {
			return true
		}
	}
	return false
}

// hosting reports whether the names below a domain are hosts of one service as well as the domain is.
func hosting(d policy.Domain) bool {
	switch d {
	case "docs.google.com", "drive.google.com", "sites.google.com", "forms.gle", "goo.gl", "bit.ly", "tinyurl.com", "t.co", "is.gd", "ow.ly",
		"lnkd.in", "x.gd", "youtu.be", "1drv.ms", "onedrive.live.com", "safelinks.protection.outlook.com", "urldefense.com",
		"urldefense.proofpoint.com", "translate.goog", "mail.google.com", "maps.google.com", "support.google.com", "accounts.google.com",
		"play.google.com", "meet.google.com", "calendar.google.com", "storage.googleapis.com", "raw.githubusercontent.com", "forms.office.com",
		"outlook.office.com", "outlook.office365.com", "login.microsoftonline.com", "teams.microsoft.com", "learn.microsoft.com":
		return true
	}
	return false
}

// widest reports whether a domain is that of a whole house whose pages everyone reads. A host of it may be named.
func widest(d policy.Domain) bool {
	switch strings.TrimPrefix(string(d), "www.") {
	case "google.com", "google.co.jp", "gstatic.com", "googleapis.com", "googleusercontent.com", "youtube.com", "microsoft.com",
		"office.com", "office365.com", "sharepoint.com", "windows.net", "live.com", "microsoftonline.com", "apple.com", "amazon.com",
		"amazon.co.jp", "amazonaws.com", "cloudfront.net", "facebook.com", "instagram.com", "twitter.com", "x.com", "linkedin.com",
		"github.com", "githubusercontent.com", "gitlab.com", "wikipedia.org", "ja.wikipedia.org", "adobe.com", "dropbox.com", "box.com",
		"zoom.us", "slack.com", "notion.so", "line.me", "rakuten.co.jp", "nhk.or.jp", "nikkei.com", "cloudflare.com", "akamaihd.net",
		"w3.org", "schemas.microsoft.com", "gigafile.nu", "firestorage.jp", "archive.org", "paypal.com", "netflix.com":
		return true
	}
	return false
}

// common reports whether mail programs make files of a name.
func common(name string) bool {
	switch name {
	case "winmail.dat", "smime.p7s", "smime.p7m", "signature.asc", "encrypted.asc", "invite.ics", "meeting.ics", "calendar.ics", "noname",
		"untitled", "attachment", "message.txt", "message.eml", "details.txt", "logo.png", "logo.jpg", "logo.gif", "unnamed", "index.html",
		"invoice.pdf", "document.pdf", "document.docx", "image.png", "image.jpg", "image.jpeg", "[content_types].xml", "_rels/.rels",
		"document.xml", "workbook.xml", "readme.txt", "readme.md", "license.txt", "test.txt", "data.txt", "config.json", "desktop.ini", "thumbs.db",
		"scan.pdf", "report.pdf", "agenda.pdf", "resume.pdf", "contract.pdf", "order.pdf", "photo.jpg", "book1.xlsx", "請求書.pdf", "見積書.pdf", "資料.pdf", "名称未設定":
		return true
	}
	digits, ok := strings.CutPrefix(name, "image")
	if !ok {
		return false
	}
	digits, extension, _ := strings.Cut(digits, ".")
	return strings.Trim(digits, "0123456789") == "" && (extension == "png" || extension == "jpg" || extension == "gif" || extension == "jpeg")
}
