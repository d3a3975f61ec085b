package suspicion

import "slices"

// identity lists the indicators about who a message says it is from.
func identity() []Indicator {
	return slices.Concat(fromForm(), claimedDomains(), claimedNames(), namedAddresses(), likeNames(), replies(), forgeries())
}
