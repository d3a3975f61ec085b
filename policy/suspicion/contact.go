package suspicion

// contact lists the indicators about whether sender and recipient know each other.
func contact() []Indicator { return nil }
