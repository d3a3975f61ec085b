package dkim

import (
	"encoding/base64"
	"fmt"
	"strings"

	"sekimori/policy"
)

// Limits of a trace, in octets of one step and in lines of canonicalised header; the rest is cut off.
const (
	maxStep       = 1000
	maxInputSteps = 100
)

// step adds a line to the derivation of s.
func (x *Verification) step(s *signature, depth int, text string, decided bool) {
	if len(text) > maxStep {
		text = text[:maxStep] + "..."
	}
	s.result.Steps = append(s.result.Steps, policy.Step{Depth: depth, Text: text, Decided: decided})
}

// detail adds a line of what was signed.
func (x *Verification) detail(s *signature, text string) {
	x.step(s, 1, text, false)
	s.result.Steps[len(s.result.Steps)-1].Detail = true
}

// traceInput tells what the signature signs.
func (x *Verification) traceInput(s *signature, input []byte) {
	if !x.verifier.config.Trace {
		return
	}
	x.step(s, 0, fmt.Sprintf("header, %s, %d octets signed", canonName(s.relaxedHeader), len(input)), false)
	for n, line := range strings.Split(string(input), "\r\n") {
		if n == maxInputSteps {
			x.detail(s, "...")
			return
		}
		x.detail(s, line)
	}
}

// traceKey tells what DNS said.
func (x *Verification) traceKey(s *signature) {
	if !x.verifier.config.Trace {
		return
	}
	a := s.key.answer
	x.step(s, 0, fmt.Sprintf("key %s: %s", s.key.name, a.Status), false)
	for n, record := range a.TXT {
		if n == maxInputSteps {
			x.step(s, 1, "...", false)
			return
		}
		x.step(s, 1, record, false)
	}
}

// traceBody tells the two body hashes.
func (x *Verification) traceBody(s *signature, sum []byte) {
	if !x.verifier.config.Trace {
		return
	}
	x.step(s, 0, fmt.Sprintf("body, %s, %d octets hashed", canonName(s.relaxedBody), s.body.seen), false)
	x.step(s, 1, "computed "+base64.StdEncoding.EncodeToString(sum), false)
	x.step(s, 1, "bh=      "+base64.StdEncoding.EncodeToString(s.bodyHash), false)
}

// traceResult tells the last word.
func (x *Verification) traceResult(s *signature) {
	if !x.verifier.config.Trace {
		return
	}
	text := string(s.result.Result)
	if s.result.Reason != "" {
		text += ": " + s.result.Reason
	}
	x.step(s, 0, text, true)
}

func canonName(relaxed bool) string {
	if relaxed {
		return "relaxed"
	}
	return "simple"
}
