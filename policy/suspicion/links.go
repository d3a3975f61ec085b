package suspicion

// links lists the indicators about where links lead.
func links() []Indicator { return nil }
