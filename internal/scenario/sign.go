package scenario

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// rsaBits is the size of the RSA keys: what RFC 8301, 3.2 asks a signer for.
const rsaBits = 2048

// keyring holds the keys made for one case.
type keyring map[Sign]crypto.Signer

// sign returns mail with a DKIM-Signature on top: relaxed/relaxed over the header fields that are usual.
func (k keyring) sign(mail []byte, s Sign) ([]byte, error) {
	key, err := k.key(s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = dkim.Sign(&out, bytes.NewReader(mail), &dkim.SignOptions{
		Domain:                 s.Domain,
		Selector:               s.Selector,
		Signer:                 key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"},
	})
	return out.Bytes(), err
}

// key returns the key of s and makes it at the first call.
func (k keyring) key(s Sign) (crypto.Signer, error) {
	if key := k[s]; key != nil {
		return key, nil
	}
	var key crypto.Signer
	var err error
	if s.Key == "ed25519" {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	k[s] = key
	return key, nil
}

// zone returns the key records (RFC 6376, 3.6.1; RFC 8463, 4.1) as lines of a master file.
func (k keyring) zone() []byte {
	var lines []string
	for s, key := range k {
		public, name := []byte(nil), "rsa"
		switch p := key.Public().(type) {
		case ed25519.PublicKey:
			public, name = p, "ed25519"
		case *rsa.PublicKey:
			public, _ = x509.MarshalPKIXPublicKey(p) // cannot fail for an RSA key
		}
		record := "v=DKIM1; k=" + name + "; p=" + base64.StdEncoding.EncodeToString(public)
		line := strings.Trim(s.Selector, ".") + "._domainkey." + strings.Trim(s.Domain, ".") + ". 60 IN TXT"
		for part := range slices.Chunk([]byte(record), 255) { // a character-string holds no more (RFC 1035, 3.3)
			line += ` "` + string(part) + `"`
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}
