//go:build linux

package testmta

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"sekimori/internal/scenario"
)

// readReply reads one SMTP reply, of one line or several (RFC 5321, 4.2.1).
func readReply(r *bufio.Reader) (scenario.Reply, error) {
	var reply scenario.Reply
	var lines []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return reply, fmt.Errorf("read a reply after %q: %w", strings.Join(lines, " / "), err)
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 3 {
			return reply, fmt.Errorf("%q is no reply", line)
		}
		if reply.Code, err = strconv.Atoi(line[:3]); err != nil {
			return reply, fmt.Errorf("%q is no reply", line)
		}
		text := strings.TrimPrefix(strings.TrimPrefix(line[3:], "-"), " ")
		if word, rest, _ := strings.Cut(text, " "); strings.Count(word, ".") == 2 && word[0] == line[0] {
			reply.Enhanced, text = word, rest
		}
		lines = append(lines, text)
		if len(line) == 3 || line[3] == ' ' {
			reply.Text = strings.Join(lines, "\n")
			return reply, nil
		}
	}
}
