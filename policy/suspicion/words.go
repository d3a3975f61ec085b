package suspicion

// words lists the indicators about what the text says.
func words() []Indicator { return nil }
