package examine

import (
	"sekimori/policy"
	"sekimori/policy/mail"
)

// bodyChunk is how much body is handed on at once, about what an MTA sends.
const bodyChunk = 64 << 10

// Message examines a whole message as it stands in a file, as if an MTA had sent it after the envelope in m. Its errors
// are those of mail.Split.
func (e *Examiner) Message(m *policy.Message, raw []byte) (*policy.Record, error) {
	h, body, err := mail.Split(raw)
	if err != nil {
		return nil, err
	}
	x := e.Begin(m)
	m.Header = h
	if x.Header() {
		for rest := body; len(rest) > 0; {
			n := min(len(rest), bodyChunk)
			if !x.Body(rest[:n]) {
				break
			}
			rest = rest[n:]
		}
	}
	m.BodySize = int64(len(body))
	return x.End(), nil
}
