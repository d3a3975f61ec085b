package dkim

import (
	"errors"
	"strconv"

	"sekimori/policy"
)

// problem is why a signature does not pass. The zero value is no problem.
type problem struct {
	result policy.Result
	reason string
}

// bad reports whether there is a problem.
func (p problem) bad() bool { return p.result != "" }

// reason is a constant text of a problem, so that no reason is written twice in two ways.
type reason string

// The reasons.
const (
	reasonFieldLength  reason = "field is too long"
	reasonSyntax       reason = "field cannot be read"
	reasonVersion      reason = "incompatible version"
	reasonMissing      reason = "required tag is missing"
	reasonTag          reason = "tag cannot be read"
	reasonSHA1         reason = "rsa-sha1 is not used any more (RFC 8301, 3.1)"
	reasonAlgorithm    reason = "unknown algorithm"
	reasonCanon        reason = "unknown canonicalisation"
	reasonQuery        reason = "unknown query method"
	reasonUnsigned     reason = "From is not signed"
	reasonNoFrom       reason = "the message has no From field"
	reasonNames        reason = "h= has too many names"
	reasonIdentity     reason = "i= does not lie in d="
	reasonExpired      reason = "signature expired"
	reasonTimes        reason = "x= is not after t="
	reasonNoKey        reason = "no key"
	reasonNoAnswer     reason = "key unavailable"
	reasonSeveralKeys  reason = "several key records"
	reasonKeySyntax    reason = "key record cannot be read"
	reasonKeyLength    reason = "key record is too long"
	reasonKeyVersion   reason = "key record has an incompatible version"
	reasonRevoked      reason = "key revoked"
	reasonKeyType      reason = "unknown key type"
	reasonKeyData      reason = "key data cannot be read"
	reasonKeyAlgorithm reason = "key is for another algorithm"
	reasonKeyHash      reason = "key does not admit the hash"
	reasonKeyService   reason = "key is not for mail"
	reasonKeyStrict    reason = "key wants i= to equal d= (t=s)"
	reasonKeyWeak      reason = "RSA key is too short"
	reasonKeyHuge      reason = "RSA key is too long"
	reasonBodyShort    reason = "body is shorter than l="
	reasonBodyHash     reason = "body hash did not verify"
	reasonSignature    reason = "signature did not verify"
)

// maxEvidence is how many octets of foreign text a reason carries; the rest is cut off.
const maxEvidence = 64

// permerror returns a problem with that result.
func permerror(r reason, evidence string) problem {
	return because(policy.ResultPermError, r, evidence)
}

// unreadable returns the problem with a tag list. That it is too long for us is not the sender's mistake.
func unreadable(r reason, err error) problem {
	if errors.Is(err, errTagCount) {
		return because(policy.ResultPolicy, r, err.Error())
	}
	return permerror(r, err.Error())
}

// because returns a problem; evidence may be empty.
func because(result policy.Result, r reason, evidence string) problem {
	text := string(r)
	if evidence != "" {
		text += ": " + evidence
	}
	return problem{result, text}
}

// quote returns foreign text fit to stand in a reason.
func quote(s string) string {
	if len(s) > maxEvidence {
		return strconv.Quote(s[:maxEvidence]) + "..."
	}
	return strconv.Quote(s)
}
