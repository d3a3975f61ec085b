package suspicion

import "slices"

// links lists the indicators about where links lead.
func links() []Indicator {
	return slices.Concat(hostLinks(), mismatchLinks(), addressLinks(), detourLinks(), recipientLinks(), markupLinks())
}
