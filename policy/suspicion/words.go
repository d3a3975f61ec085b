package suspicion

import "slices"

// words lists the indicators about what the text says.
func words() []Indicator {
	return slices.Concat(obfuscatedText(), urgencyText(), passwordText(), imageText())
}
