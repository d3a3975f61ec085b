package suspicion

// meta lists the indicators about the remaining header fields.
func meta() []Indicator { return nil }
