package policy

import (
	"strconv"
	"strings"
)

// SuspicionHeader says what was found and what it came to. Its findings are written also below every threshold.
const SuspicionHeader = "X-Sekimori-Suspicion"

// Limits of the field: what is longer is cut, what is more is left out and counted as "more".
const (
	maxHeaderEvidence = 60 // octets of one piece of evidence, escaped
	maxHeaderHits     = 30
	maxHeaderLine     = 76
)

// suspicionValue writes the field's value, folded. It holds printable ASCII only, whatever the evidence holds.
func suspicionValue(sc Score, findings []Finding) string {
	words := []string{"level=" + string(sc.Level) + ";", "score=" + sc.Total.String() + ";", "v=1;"}
	shown := findings[:min(len(findings), maxHeaderHits)]
	for i, f := range shown {
		w := f.Name
		if f.Name != FindingIncomplete {
			w += ":" + f.Points.String()
		}
		if f.Evidence != "" {
			w += "[" + escapeEvidence(f.Evidence) + "]"
		}
		if i == 0 {
			w = "ind=" + w
		}
		if i < len(shown)-1 {
			w += ","
		}
		words = append(words, w)
	}
	if n := len(findings) - len(shown); n > 0 {
		words[len(words)-1] += ";"
		words = append(words, "more="+strconv.Itoa(n))
	}
	var b strings.Builder
	line := len(SuspicionHeader) + 1
	for _, w := range words {
		if line+1+len(w) > maxHeaderLine {
			b.WriteString("\n\t")
			line = 8
		} else {
			b.WriteByte(' ')
			line++
		}
		b.WriteString(w)
		line += len(w)
	}
	return b.String()
}

// escapeEvidence writes every octet that is not plain as %XX, and cuts between octets, never inside such a triple.
func escapeEvidence(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < 0x7f && !strings.ContainsRune("%[],;\"\\()", rune(c)) {
			if b.Len()+1 > maxHeaderEvidence {
				break
			}
			b.WriteByte(c)
			continue
		}
		if b.Len()+3 > maxHeaderEvidence {
			break
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
