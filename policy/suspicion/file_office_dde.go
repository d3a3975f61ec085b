package suspicion

import (
	"slices"
	"strings"
)

// dde looks at what was found in documents, and for =program|'arguments'!cell in tables that are text (Excel takes +, - and @ for an
// equals sign).
func (r *reading) dde() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		if l := f.part.Archive; l != nil && l.DDE != "" {
			return shortName(f.label()) + ": " + l.DDE, true
		}
		if f.part.Text == "" || f.part.HTML != nil {
			continue
		}
		if !slices.ContainsFunc(f.names, func(n fileName) bool { return n.extension == "csv" || n.extension == "slk" || n.extension == "tsv" }) {
			continue
		}
		for rest := f.part.Text; ; {
			bar := strings.IndexByte(rest, '|')
			if bar < 0 {
				break
			}
			if formula, ok := ddeFormula(rest[:bar], rest[bar+1:]); ok {
				return shortName(f.label()) + ": " + formula, true
			}
			rest = rest[bar+1:]
		}
	}
	return "", false
}

// ddeFormula reports whether a cell begins with a sign of a formula and the name of a program before a bar, and an exclamation mark
// follows on the same line.
func ddeFormula(before, after string) (string, bool) {
	const longest = 40
	before = before[max(0, len(before)-longest):]
	sign := strings.LastIndexAny(before, "=+-@")
	if sign < 0 || sign > 0 && !strings.ContainsRune(",;\t\n\r\"'+-=@ ", rune(before[sign-1])) {
		return "", false
	}
	program := strings.ToLower(strings.Trim(before[sign+1:], " '\""))
	line, _, _ := strings.Cut(after[:min(len(after), maxEvidence*8)], "\n")
	mark := strings.IndexByte(line, '!')
	if program == "" || mark < 0 || program[0] < 'a' || 'z' < program[0] || strings.Trim(program, "abcdefghijklmnopqrstuvwxyz0123456789._") != "" {
		return "", false
	}
	return before[sign:] + "|" + line[:mark+1], true
}
