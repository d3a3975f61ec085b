package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

type drillTokenCmd struct {
	Drill    string    `required:"" placeholder:"NAME" help:"Name of the drill."`
	Round    int       `required:"" placeholder:"N" help:"Number of the round."`
	Config   string    `short:"c" placeholder:"FILE" help:"The policy file that defines the drill: what is not said below is taken from there."`
	MailFrom string    `placeholder:"DOMAIN" help:"Domain of MAIL FROM of the round's mail."`
	Until    time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"When the token ends: the end of the round's window, such as 2011-11-14T18:00:00+09:00."`
	KeyFile  string    `placeholder:"FILE" help:"The key, such as openssl rand -hex 32 makes it."`
	KeyID    string    `placeholder:"NAME" help:"Name of the key, to tell it from another one of the round. Default: 1, with --config the last one there."`
	Header   string    `placeholder:"NAME" help:"Name of the header field. Default: X-Sekimori-Drill."`
}

// Run prints one header line, for the program that sends the mail.
func (c *drillTokenCmd) Run(s streams) error {
	r := &policy.Round{Number: c.Round}
	if c.Config != "" {
		p, err := policyOfDrills(c.Config, s)
		if err != nil {
			return err
		}
		if _, r, err = findRound(p, c.Drill, c.Round); err != nil {
			return err
		}
	}
	domain, err := c.domain(r)
	if err != nil {
		return err
	}
	key, err := c.key(r)
	if err != nil {
		return err
	}
	until, header := c.Until, c.Header
	if until.IsZero() {
		until = r.Window.Until
	}
	if header == "" {
		header = r.Recognition.TokenHeader()
	}
	if until.IsZero() {
		return hinted{badInput("--until is missing"), "or --config with a policy file that defines the drill"}
	}
	token, err := drill.MakeToken(key, c.Drill, c.Round, until, domain)
	if err != nil {
		if errors.Is(err, drill.ErrKey) {
			return hinted{inputError{err}, "openssl rand -hex 32 makes a key"}
		}
		return inputError{err}
	}
	if !drill.ValidHeader(header) {
		return badInput("--header: %q is no name of a header field", header)
	}
	_, err = fmt.Fprintf(s.out, "%s: %s\n", header, token)
	return err
}

// domain is that of MAIL FROM: a token belongs to one.
func (c *drillTokenCmd) domain(r *policy.Round) (policy.Domain, error) {
	all := r.Recognition.MailFrom
	switch {
	case c.MailFrom == "" && len(all) == 1:
		return all[0], nil
	case c.MailFrom == "" && len(all) > 1:
		return "", hinted{badInput("--mail-from is missing: round %d has %d domains, and a token belongs to one", r.Number, len(all)),
			fmt.Sprintf("one of %v", all)}
	case c.MailFrom == "":
		return "", hinted{badInput("--mail-from is missing"), "or --config with a policy file that defines the drill"}
	}
	domain, err := policy.ParseDomain(c.MailFrom)
	switch {
	case err != nil:
		return "", badInput("--mail-from: %w", err)
	case c.Config != "" && !slices.Contains(all, domain):
		return "", hinted{badInput("--mail-from: round %d has no mail from %s", r.Number, domain), fmt.Sprintf("one of %v", all)}
	}
	return domain, nil
}

// key is that of the file, or of the policy file: of several the last, for the others are those that are being replaced.
func (c *drillTokenCmd) key(r *policy.Round) (drill.Key, error) {
	keys := r.Recognition.Keys
	if c.KeyFile == "" && len(keys) > 0 {
		i := slices.IndexFunc(keys, func(k drill.Key) bool { return k.ID == c.KeyID })
		if c.KeyID == "" {
			i = len(keys) - 1
		}
		if i < 0 {
			return drill.Key{}, badInput("--key-id: round %d has no key %q", r.Number, c.KeyID)
		}
		return keys[i], nil
	}
	if c.KeyFile == "" {
		return drill.Key{}, hinted{badInput("--key-file is missing"), "or --config with a policy file that defines the drill"}
	}
	secret, err := readKey(c.KeyFile)
	if err != nil {
		return drill.Key{}, inputError{fmt.Errorf("--key-file: %w", err)}
	}
	if c.KeyID == "" {
		return drill.Key{ID: "1", Secret: secret}, nil
	}
	return drill.Key{ID: c.KeyID, Secret: secret}, nil
}

// maxKeyFile is the largest key file, in octets.
const maxKeyFile = 4096

// readKey reads a key that not everyone may read, without white space at its ends.
func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o004 != 0 {
		return nil, fmt.Errorf("everyone may read %s: chmod o-rwx it", path)
	}
	text, err := readAll(f, path, maxKeyFile)
	return bytes.TrimSpace(text), err
}
