package main

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/suspicion"
)

// indicatorMeaning says an indicator in words, or "".
func indicatorMeaning(name string) string {
	if name == policy.FindingIncomplete {
		return "a limit ended the reading before the end of the message"
	}
	for _, i := range suspicion.Indicators() {
		if i.Name == name {
			return i.Definition
		}
	}
	return ""
}

// bulletinMeaning says a finding of a bulletin in words, or "".
func bulletinMeaning(finding string) string {
	kind, _ := strings.CutPrefix(finding, "bulletin_")
	switch policy.BulletinKind(kind) {
	case policy.BulletinAddress:
		return "an address of the message is an indicator"
	case policy.BulletinDomain:
		return "the domain of an address, or HELO, is an indicator"
	case policy.BulletinHost:
		return "the host of a link is an indicator"
	case policy.BulletinURL:
		return "a link is an indicator, or lies below one"
	case policy.BulletinSHA256:
		return "what an attachment holds is an indicator"
	case policy.BulletinFilename:
		return "the name of an attachment, or of something inside it, is an indicator"
	case policy.BulletinClient:
		return "the client is an indicator"
	case policy.BulletinSubject:
		return "the Subject is an indicator"
	}
	return ""
}

// drillMeaning says a finding of the drill rule in words, or "".
func drillMeaning(finding string) string {
	if finding == policy.FindingDrillRecognised {
		return "the mail of a round of this drill"
	}
	reason, ok := strings.CutPrefix(finding, "drill_")
	if !ok {
		return ""
	}
	switch drill.Reason(reason) {
	case drill.ReasonNetwork:
		return "not the mail of a round: the client is in none of its networks"
	case drill.ReasonMailFrom:
		return "not the mail of a round: MAIL FROM lies in none of its domains"
	case drill.ReasonDKIM:
		return "not the mail of a round: no valid signature of one of its domains"
	case drill.ReasonNoToken:
		return "not the mail of a round: the field with the token is missing"
	case drill.ReasonSeveralTokens:
		return "not the mail of a round: the field with the token is there more than once"
	case drill.ReasonToken:
		return "not the mail of a round: the token is forged, or of another round or key"
	case drill.ReasonExpired:
		return "not the mail of a round: the token has ended"
	case drill.ReasonWindow:
		return "not the mail of a round: it came outside the window"
	case drill.ReasonRecipients:
		return "not the mail of a round: it has more recipients than the round"
	}
	return ""
}
