package smime

import (
	"mime"
	"strings"

	"sekimori/policy"
)

// form is how a message is signed, by what its header says.
type form uint8

const (
	formNone     form = iota
	formDetached      // multipart/signed with a CMS signature (RFC 8551, 3.5.3)
	formOpaque        // application/pkcs7-mime, signed or encrypted (RFC 8551, 3.2)
)

const contentType = "Content-Type"

// formOf returns the form that a Content-Type announces; of several the first that announces one.
func formOf(h policy.Header) form {
	for i := range h {
		if !named(h[i].Name, contentType) {
			continue
		}
		value := strings.TrimLeft(h[i].Value, " \t\r\n")
		switch {
		case begins(value, "multipart/signed") && announcesCMS(value):
			return formDetached
		case begins(value, "application/pkcs7-mime"), begins(value, "application/x-pkcs7-mime"):
			return formOpaque
		}
	}
	return formNone
}

// announcesCMS reports whether a multipart/signed seems to hold CMS rather than OpenPGP (RFC 3156). It is a look from afar, by which
// nothing passes.
func announcesCMS(value string) bool {
	return strings.Contains(strings.ToLower(value[:min(len(value), MaxContentType)]), "pkcs7-signature")
}

// named reports whether a field has a name, in any case. Blanks before the colon are none of it.
func named(field, name string) bool {
	return begins(field, name) && (len(field) == len(name) || strings.Trim(field[len(name):], " \t") == "")
}

// begins reports whether s begins with a prefix, in any case.
func begins(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// one returns the value of a field that may stand once at most.
func one(h policy.Header, name string) (value string, count int) {
	for i := range h {
		if named(h[i].Name, name) {
			count++
			value = h[i].Value
		}
	}
	return strings.Trim(value, " \t\r\n"), count
}

// signedType reads the Content-Type of a message that is signed. Whatever two readers could take differently is refused: a second
// field or parameter, a comment, a boundary in pieces.
func signedType(h policy.Header) (boundary string, digests []algorithm, p problem) {
	value, count := one(h, contentType)
	encoding, encodings := one(h, "Content-Transfer-Encoding")
	switch {
	case count != 1:
		return "", nil, failed("several Content-Type fields")
	case len(value) > MaxContentType:
		return "", nil, unread("the Content-Type is too long")
	case encodings > 1 || encodings == 1 && !identity(encoding):
		return "", nil, failed("a Content-Transfer-Encoding around the parts")
	case strings.ContainsAny(value, "*("):
		return "", nil, failed("a Content-Type with a comment or parameters in pieces")
	}
	kind, params, err := mime.ParseMediaType(value)
	if err != nil || kind != "multipart/signed" {
		return "", nil, failed("a Content-Type that is not well-formed")
	}
	if !signatureType(params["protocol"]) {
		return "", nil, failed("a protocol that is not S/MIME")
	}
	boundary = params["boundary"]
	if !isBoundary(boundary) {
		return "", nil, failed("a boundary that is not well-formed")
	}
	digests, p = digestsOf(params["micalg"])
	return boundary, digests, p
}

// identity reports whether a transfer encoding changes nothing (RFC 2045, 6.4: no other is possible around parts).
func identity(encoding string) bool {
	return strings.EqualFold(encoding, "7bit") || strings.EqualFold(encoding, "8bit") || strings.EqualFold(encoding, "binary")
}

func signatureType(s string) bool {
	return strings.EqualFold(s, "application/pkcs7-signature") || strings.EqualFold(s, "application/x-pkcs7-signature")
}

// isBoundary reports whether s is a boundary (RFC 2046, 5.1.1).
func isBoundary(s string) bool {
	if s == "" || len(s) > MaxBoundary || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("'()+_,-./:=? ", c) < 0 {
			return false
		}
	}
	return true
}

// signaturePart reads the header of the second part, whose type and encoding are fixed: what another type would make of it, clients might
// show.
func signaturePart(h policy.Header) problem {
	kind, kinds := one(h, contentType)
	encoding, encodings := one(h, "Content-Transfer-Encoding")
	kind, _, _ = strings.Cut(kind, ";")
	switch {
	case kinds != 1 || !signatureType(strings.TrimRight(kind, " \t\r\n")):
		return failed("the second part is no signature")
	case encodings != 1 || !strings.EqualFold(encoding, "base64"):
		return failed("the signature is not in base64")
	}
	return problem{}
}
