package drill

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sekimori/policy"
)

// Limits of tokens and their keys, in octets.
const (
	MaxToken  = 256
	MinSecret = 32
)

// tokenVersion is the first part of a token and of what is signed.
const tokenVersion = "v1"

// ErrKey is wrapped by every error about a key.
var ErrKey = errors.New("not a token key")

func validKey(k Key) error {
	switch {
	case !isName(k.ID):
		return fmt.Errorf("%w: %q is no name: lower-case letters, digits and underscores, at most %d", ErrKey, k.ID, MaxName)
	case len(k.Secret) < MinSecret:
		return fmt.Errorf("%w: %d octets, at least %d are needed", ErrKey, len(k.Secret), MinSecret)
	}
	return nil
}

// Token is what a token header says.
type Token struct {
	Drill    string
	Round    int
	Key      string    // ID of the key
	NotAfter time.Time // last second in which it holds
	mac      [sha256.Size]byte
}

// MakeToken returns the value of the header field for one round, for mail whose MAIL FROM lies in the domain. It belongs to the
// round, not to one message or recipient: the programs that send drills can put a constant into a header, but cannot
// compute a MAC. That is why a token alone never suffices, and why its end should be that of the window.
func MakeToken(k Key, drill string, round int, notAfter time.Time, mailFrom policy.Domain) (string, error) {
	if err := validKey(k); err != nil {
		return "", err
	}
	switch {
	case !isName(drill):
		return "", fmt.Errorf("%q is no name of a drill: lower-case letters, digits and underscores, at most %d", drill, MaxName)
	case round < 1 || round > MaxRound:
		return "", fmt.Errorf("round %d is not between 1 and %d", round, MaxRound)
	case notAfter.Unix() <= 0:
		return "", errors.New("a token needs an end")
	case mailFrom == "":
		return "", errors.New("a token needs the domain of MAIL FROM")
	}
	t := Token{Drill: drill, Round: round, Key: k.ID, NotAfter: notAfter}
	mac := sum(k, t, mailFrom)
	return strings.Join([]string{tokenVersion, drill, strconv.Itoa(round), k.ID, strconv.FormatInt(notAfter.Unix(), 10),
		base64.RawURLEncoding.EncodeToString(mac[:])}, ";"), nil
}

// sum is the MAC of a token. No part can hold the separator, so that no two tokens have the same text.
func sum(k Key, t Token, mailFrom policy.Domain) (mac [sha256.Size]byte) {
	h := hmac.New(sha256.New, k.Secret)
	fmt.Fprintf(h, "%s|%s|%d|%s|%d|%s", tokenVersion, t.Drill, t.Round, t.Key, t.NotAfter.Unix(), mailFrom)
	h.Sum(mac[:0])
	return mac
}

// ReadToken reads the value of a header field, white space around it included. What it says is a claim until Verify.
// Any text is possible; everything that Make does not write, in any other spelling, is no token.
func ReadToken(value string) (Token, bool) {
	if len(value) > MaxToken {
		return Token{}, false
	}
	part := strings.Split(strings.Trim(value, " \t\r\n"), ";")
	if len(part) != 6 || part[0] != tokenVersion || !isName(part[1]) || !isName(part[3]) {
		return Token{}, false
	}
	round, err := strconv.Atoi(part[2])
	if err != nil || round < 1 || round > MaxRound || strconv.Itoa(round) != part[2] {
		return Token{}, false
	}
	end, err := strconv.ParseInt(part[4], 10, 64)
	if err != nil || end <= 0 || strconv.FormatInt(end, 10) != part[4] {
		return Token{}, false
	}
	// The decoder passes over line ends, even a strict one.
	mac, err := base64.RawURLEncoding.Strict().DecodeString(part[5])
	if err != nil || len(mac) != sha256.Size || strings.ContainsAny(part[5], "\r\n") {
		return Token{}, false
	}
	return Token{Drill: part[1], Round: round, Key: part[3], NotAfter: time.Unix(end, 0), mac: [sha256.Size]byte(mac)}, true
}

// Verify reports whether one of keys made t for this domain of MAIL FROM. It takes the same time for every wrong MAC, and
// says nothing about the end of the token: see Expired.
func (t Token) Verify(keys []Key, mailFrom policy.Domain) bool {
	good := false
	for _, k := range keys {
		if k.ID != t.Key || validKey(k) != nil {
			continue
		}
		want := sum(k, t, mailFrom)
		good = hmac.Equal(want[:], t.mac[:]) || good
	}
	return good
}

// Expired reports whether t no longer holds at a time.
func (t Token) Expired(at time.Time) bool { return at.Unix() > t.NotAfter.Unix() }
