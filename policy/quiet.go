package policy

import "strings"

// quietFields keep responders silent, each honoured by some of them: Exchange the first, vacation(1) and most others the
// second, Sieve and RFC 3834 responders the third.
func quietFields() []Field {
	return []Field{
		{Name: "X-Auto-Response-Suppress", Value: " All"},
		{Name: "Precedence", Value: " bulk"},
		{Name: "Auto-Submitted", Value: " auto-generated"},
	}
}

// receiptFields ask for a receipt (RFC 8098, 2.1, and its predecessors).
func receiptFields() []string {
	return []string{"Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To"}
}

// quiet returns what makes a flagged message end without an answer by machine: the fields that keep responders silent in
// place of what stands there, and no request for a receipt.
func quiet(h Header) (insert []Field, remove []HeaderRef) {
	insert = quietFields()
	names := receiptFields()
	for _, f := range insert {
		names = append(names, f.Name)
	}
	for _, name := range names {
		n := 0
		for i := range h {
			if strings.EqualFold(h[i].Name, name) {
				n++
				remove = append(remove, HeaderRef{Name: h[i].Name, Index: n})
			}
		}
	}
	return insert, remove
}
