package smime

import (
	"crypto"
	_ "crypto/sha256" // the digests of RFC 8551, 2.1
	_ "crypto/sha512"
	"hash"
	"strings"
)

// algorithm is a digest, as CMS and as micalg name it.
type algorithm struct {
	hash crypto.Hash
	oid  string // content octets of its object identifier
	name string // of micalg, in small letters (RFC 8551, 3.5.3.2)
	also string // as Outlook writes it there
}

// algorithms are those that are accepted.
func algorithms() []algorithm {
	return []algorithm{
		{crypto.SHA256, "\x60\x86\x48\x01\x65\x03\x04\x02\x01", "sha-256", "2.16.840.1.101.3.4.2.1"},
		{crypto.SHA384, "\x60\x86\x48\x01\x65\x03\x04\x02\x02", "sha-384", "2.16.840.1.101.3.4.2.2"},
		{crypto.SHA512, "\x60\x86\x48\x01\x65\x03\x04\x02\x03", "sha-512", "2.16.840.1.101.3.4.2.3"},
	}
}

// maxMicalg is the longest micalg that is read, in octets.
const maxMicalg = 256

// digestsOf reads a micalg. A word that nobody knows, or none, stands for sha-256, which nearly all use (RFC 8551, 3.5.3.2, wants such
// to be got over); sha-1 and md5 alone are refused, because content can be made that has the digest of another.
func digestsOf(micalg string) ([]algorithm, problem) {
	if len(micalg) > maxMicalg {
		return nil, failed("a micalg that is too long")
	}
	var found []algorithm
	known, weak := algorithms(), ""
	for word := range strings.SplitSeq(strings.ToLower(micalg), ",") {
		word = strings.TrimSpace(word)
		switch word {
		case "sha-1", "sha1", "md5", "rsa-md5", "rsa-sha1", "1.3.14.3.2.26", "1.2.840.113549.2.5":
			weak = word
		}
		for _, a := range known {
			if word == a.name || word == a.also || word == strings.Replace(a.name, "-", "", 1) {
				found = append(found, a)
			}
		}
	}
	switch {
	case len(found) == 0 && weak != "":
		return nil, failed("the digest " + weak + " is not accepted")
	case len(found) == 0:
		found = known[:1]
	}
	return found, problem{}
}

// sum is the digest of the signed part by one algorithm.
type sum struct {
	algorithm
	hash.Hash
}

// sums are the digests that micalg names.
type sums []sum

func newSums(of []algorithm) sums {
	s := make(sums, 0, len(of))
	for _, a := range of {
		if !s.has(a.oid) {
			s = append(s, sum{a, a.hash.New()})
		}
	}
	return s
}

func (s sums) write(p []byte) {
	for i := range s {
		s[i].Write(p)
	}
}

func (s sums) has(oid string) bool {
	_, ok := s.of(oid)
	return ok
}

// of returns the digest by the algorithm with an object identifier.
func (s sums) of(oid string) (sum, bool) {
	for i := range s {
		if s[i].oid == oid {
			return s[i], true
		}
	}
	return sum{}, false
}
