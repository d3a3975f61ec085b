package main

import (
	"strings"

	"sekimori/policy"
)

// meaning says a finding in words.
func meaning(finding string) string {
	switch finding {
	case policy.FindingForwarded:
		return "SPF does not count, because a signature proves every protected author"
	case policy.FindingDMARC:
		return "the DMARC policy of the domain's owner is not met"
	case policy.FindingFromMissing:
		return "there is no From field"
	case policy.FindingFromBad:
		return "no address can be read in From"
	case policy.FindingHeaderCut:
		return "there is more header, or there are more authors, than the limits admit"
	case policy.FindingUnexamined:
		return "the rule could not be evaluated, so on_error holds"
	}
	for _, c := range policy.Claims() {
		if cell, found := strings.CutPrefix(finding, string(c)+"_"); found && hasCell(c, policy.Cell(cell)) {
			return claimMeaning(c, policy.Cell(cell))
		}
	}
	for _, words := range []func(string) string{replyMeaning, indicatorMeaning, bulletinMeaning, drillMeaning} {
		if m := words(finding); m != "" {
			return m
		}
	}
	return finding
}

func hasCell(c policy.Claim, cell policy.Cell) bool {
	for _, x := range policy.Cells(c) {
		if x == cell {
			return true
		}
	}
	return false
}

func claimMeaning(c policy.Claim, cell policy.Cell) string {
	switch c {
	case policy.ClaimMailFrom:
		return "the sender: " + spfMeaning(cell)
	case policy.ClaimHelo:
		return "the HELO name: " + spfMeaning(cell)
	case policy.ClaimFrom:
		return "an author: " + fromMeaning(cell)
	case policy.ClaimDisplay:
	}
	return "an address that only a reader sees"
}

func spfMeaning(cell policy.Cell) string {
	switch cell {
	case policy.CellPass:
		return "SPF passes"
	case policy.CellTooWide:
		return "SPF passes, but so it would for too many"
	case policy.CellFail:
		return "SPF says that this client may not"
	case policy.CellSoftFail:
		return "SPF says that this client probably may not"
	case policy.CellNone:
		return "no SPF record"
	case policy.CellNoSuchName:
		return "the domain does not exist"
	case policy.CellNeutral:
		return "SPF says nothing of this client"
	case policy.CellPermError:
		return "the SPF record is broken"
	case policy.CellTempError:
		return "SPF could not be looked up"
	case policy.CellWeak, policy.CellFound:
	}
	return string(cell)
}

func fromMeaning(cell policy.Cell) string {
	switch cell {
	case policy.CellPass:
		return "proven"
	case policy.CellWeak:
		return "what is aligned proves too little"
	case policy.CellFail:
		return "not proven, and there is a DMARC record"
	case policy.CellNone:
		return "not proven, and there is no DMARC record"
	case policy.CellNoSuchName:
		return "the domain does not exist"
	case policy.CellPermError:
		return "not proven, and the DMARC record is broken"
	case policy.CellTempError:
		return "the proof could not be looked up"
	case policy.CellTooWide, policy.CellSoftFail, policy.CellNeutral, policy.CellFound:
	}
	return string(cell)
}
