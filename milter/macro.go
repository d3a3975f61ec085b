package milter

import "bytes"

// maxMacros is how many octets of macros are kept of one stage; what is beyond is not kept. Twenty macros of an MTA
// take about 500.
const maxMacros = 4 << 10

// macros holds what the MTA defined for each stage, as it came: name NUL value NUL. A definition stands for the whole
// stage: it replaces what was defined there before.
type macros struct {
	stage [len(macroStages)][]byte
}

// macroStages are the commands that macros can be defined for, in the order of an SMTP session.
const macroStages = "CHMRTLNBE"

// connectionStages is how many of macroStages outlive a message.
const connectionStages = 2

// set begins the definition for the stage of cmd and returns where it is kept, or nil for a stage that is not known.
func (m *macros) set(cmd byte) *[]byte {
	for i := range len(macroStages) {
		if macroStages[i] == cmd {
			m.stage[i] = m.stage[i][:0]
			return &m.stage[i]
		}
	}
	return nil
}

// define keeps p, a piece of a definition, behind what is there.
func define(stage *[]byte, p []byte) {
	if stage != nil {
		*stage = append(*stage, p[:min(len(p), maxMacros-len(*stage))]...)
	}
}

// get returns the value of a macro as the latest stage up to now defined it. name stands without braces; an MTA may
// write a name of one letter with or without them (`i`, `{i}`).
func (m *macros) get(name string) (string, bool) {
	for i := len(m.stage) - 1; i >= 0; i-- {
		if v, ok := lookup(m.stage[i], name); ok {
			return string(v), true
		}
	}
	return "", false
}

// at returns the value of a macro as the stage of cmd defined it.
func (m *macros) at(cmd byte, name string) (string, bool) {
	for i := range len(macroStages) {
		if macroStages[i] == cmd {
			v, ok := lookup(m.stage[i], name)
			return string(v), ok
		}
	}
	return "", false
}

// forget forgets what was defined for the stage of cmd.
func (m *macros) forget(cmd byte) { m.set(cmd) }

// endMessage forgets what was defined for the message.
func (m *macros) endMessage() {
	for i := connectionStages; i < len(m.stage); i++ {
		m.stage[i] = m.stage[i][:0]
	}
}

// endConnection forgets everything.
func (m *macros) endConnection() {
	for i := range m.stage {
		m.stage[i] = m.stage[i][:0]
	}
}

func lookup(defined []byte, name string) ([]byte, bool) {
	for len(defined) > 0 {
		end := bytes.IndexByte(defined, 0)
		if end < 0 {
			return nil, false
		}
		n, rest := defined[:end], defined[end+1:]
		if end = bytes.IndexByte(rest, 0); end < 0 {
			return nil, false // cut off at the limit
		}
		if len(n) > 2 && n[0] == '{' && n[len(n)-1] == '}' {
			n = n[1 : len(n)-1]
		}
		if string(n) == name {
			return rest[:end], true
		}
		defined = rest[end+1:]
	}
	return nil, false
}
