package policy

import "strings"

// tooWide reports whether so many clients would get the same SPF pass that it proves nothing.
func (s *Spoof) tooWide(r SPF) bool {
	const everyIPv4 = 1 << 32
	return r.Anyone || r.Reach == everyIPv4 || s.MaxSPFAddresses > 0 && r.Reach > uint64(s.MaxSPFAddresses)
}

// spfCell finds the cell of an SPF result. No result at all is as temporary as one that came too late.
func (s *Spoof) spfCell(r SPF) Cell {
	switch r.Result {
	case ResultPass:
		if s.tooWide(r) {
			return CellTooWide
		}
		return CellPass
	case ResultFail:
		return CellFail
	case ResultSoftFail:
		return CellSoftFail
	case ResultNeutral:
		return CellNeutral
	case ResultPermError:
		return CellPermError
	case ResultNone:
		if r.Name == DNSNXDomain {
			return CellNoSuchName
		}
		return CellNone
	case ResultPolicy, ResultTempError:
	}
	return CellTempError
}

// Proves reports whether a DMARC evaluation proves its author as the rule asks it of a protected domain: by alignment, also where nothing is
// published, and by none that is too weak. spf is the check of the sender, that of HELO for a null one.
func (s *Spoof) Proves(r DMARC, spf SPF) bool { return s.fromCell(r, spf) == CellPass }

// fromCell finds the cell of an author; spf is the check of the sender. Alignment is proof even where nothing is
// published, unless it rests on an SPF pass that is too wide, or on signatures behind whose end anything may be
// appended (RFC 6376, 8.2). The DMARC result is not touched by that: it stays what RFC 9989 says.
func (s *Spoof) fromCell(r DMARC, spf SPF) Cell {
	switch {
	case s.provenByDKIM(r), r.SPFAligned && !s.tooWide(spf):
		return CellPass
	case r.SPFAligned, r.DKIM != "":
		return CellWeak
	case r.Result == ResultTempError:
		return CellTempError
	case r.Name == DNSNXDomain:
		return CellNoSuchName
	case r.Result == ResultPermError:
		return CellPermError
	case r.Result == ResultFail:
		return CellFail
	}
	return CellNone
}

func (s *Spoof) provenByDKIM(r DMARC) bool {
	return r.DKIM != "" && (s.PartialSignatures || !r.Partial)
}

func policyAction(p DMARCPolicy) Action {
	switch p {
	case DMARCReject:
		return ActionReject
	case DMARCQuarantine:
		return ActionQuarantine
	case DMARCNone:
	}
	return ActionAccept
}

// spoofReply chooses the reply of a verdict that refuses: the code of the one check that failed, or the code of
// several (RFC 7372, 3.3).
func spoofReply(v Verdict) Reply {
	if v.Action != ActionReject && v.Action != ActionTempfail {
		return ReplyNone
	}
	reply := ReplyNone
	for _, fd := range v.Findings {
		if fd.Action != v.Action {
			continue
		}
		r := findingReply(fd.Name, v.Action)
		if reply != ReplyNone && reply != r {
			if v.Action == ActionTempfail {
				return ReplyAuthTemp
			}
			return ReplyDMARCFail
		}
		reply = r
	}
	return reply
}

func findingReply(name string, a Action) Reply {
	envelope := strings.HasPrefix(name, string(ClaimMailFrom)+"_") || strings.HasPrefix(name, string(ClaimHelo)+"_")
	switch {
	case name == FindingUnexamined:
		return ReplyUnexamined
	case a == ActionTempfail && envelope:
		return ReplySPFTempError
	case a == ActionTempfail:
		return ReplyAuthTemp
	case name == FindingFromMissing, name == FindingFromBad, name == FindingHeaderCut:
		return ReplyUnreadable
	case envelope && strings.HasSuffix(name, "_"+string(CellNoSuchName)):
		return ReplyNoSuchDomain
	case envelope && strings.HasSuffix(name, "_"+string(CellPermError)):
		return ReplySPFPermError
	case envelope:
		return ReplySPFFail
	}
	return ReplyDMARCFail
}

// maxHeaderFindings bounds the findings named in the header field; the log has them all.
const maxHeaderFindings = 20

// spoofHeader writes the value of X-Sekimori-Spoof, one finding a line. Evidence here is a Domain and so needs no escape.
func spoofHeader(v Verdict) string {
	var b strings.Builder
	b.WriteString(" action=" + string(v.Action))
	n := 0
	for _, fd := range v.Findings {
		if fd.Action == ActionAccept {
			continue
		}
		if n++; n > maxHeaderFindings {
			b.WriteString(";\n\tmore")
			break
		}
		b.WriteString(";\n\t" + fd.Name)
		if fd.Evidence != "" {
			b.WriteString("=" + fd.Evidence)
		}
	}
	return b.String()
}
