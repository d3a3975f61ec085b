package suspicion

// attachments lists the indicators about what is attached.
func attachments() []Indicator { return nil }
