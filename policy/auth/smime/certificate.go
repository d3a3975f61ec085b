package smime

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// accepted reports whether a key may stand in a chain: its size bounds what a verification costs, and what it is worth.
func accepted(key crypto.PublicKey) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return bits >= MinRSABits && bits <= MaxRSABits
	case *ecdsa.PublicKey:
		return k.Curve == elliptic.P256() || k.Curve == elliptic.P384() || k.Curve == elliptic.P521()
	}
	return false
}

// emailAddress is the attribute of a subject that old certificates have in place of a name of RFC 822 (RFC 2985, 5.2.1).
const emailAddress = "1.2.840.113549.1.9.1"

// addressesOf returns the addresses that a certificate names (RFC 8550, 3): those of SubjectAltName, else that of the subject.
func addressesOf(c *x509.Certificate) (addresses []string, inSubject bool) {
	if len(c.EmailAddresses) > 0 {
		return c.EmailAddresses, false
	}
	for _, n := range c.Subject.Names {
		if s, ok := n.Value.(string); ok && n.Type.String() == emailAddress {
			addresses = append(addresses, s)
		}
	}
	return addresses, true
}

// theAuthor returns the one address that every reading of From shows, also in display names. Where there are several a signature would speak
// for one of them, and a client may show another.
func theAuthor(authors []policy.Author) (policy.Address, problem) {
	one := len(authors) > 0 && authors[0].Address.Domain != ""
	for _, a := range authors {
		one = one && a.Address == authors[0].Address
	}
	if !one {
		return policy.Address{}, problem{policy.SMIMEOtherAddress, "From does not show one address in every reading"}
	}
	return authors[0].Address, problem{}
}

// namesAuthor returns the address of a certificate that is the author's, with the local part as it is and the domain without case
// (RFC 5280, 7.5), or else shown.
func namesAuthor(addresses []string, author policy.Address, shown string) (string, problem) {
	for _, s := range addresses {
		i := strings.LastIndexByte(s, '@')
		if i < 0 || s[:i] != author.Local {
			continue
		}
		if d, ok := mail.Domain(s[i+1:]); ok && d == author.Domain {
			return s, problem{}
		}
	}
	if len(addresses) == 0 {
		return "", problem{policy.SMIMEOtherAddress, "the certificate names no address"}
	}
	return shown, problem{policy.SMIMEOtherAddress, "the certificate does not name the author"}
}

// chain reports why a certificate leads to no anchor at a time (RFC 8550, 4; RFC 5280, 6), by what else the message brings.
func (v *Verifier) chain(d *signedData, c *x509.Certificate, inSubject bool, at time.Time) problem {
	if c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return untrusted("the certificate's key is not for signatures") // RFC 8550, 4.4.2
	}
	if at.IsZero() {
		return untrusted("the time of the message is not known") // for which crypto/x509 would take the time of day
	}
	between := x509.NewCertPool()
	for _, other := range d.certificates {
		if other != c {
			between.AddCert(other)
		}
	}
	chains, err := c.Verify(x509.VerifyOptions{Roots: v.anchors, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}})
	if err != nil {
		return untrusted(whyUntrusted(c, err))
	}
	// Constraints on addresses hold for that of a subject too (RFC 5280, 4.2.1.10), which crypto/x509 does not compare with them.
	if inSubject && !slices.ContainsFunc(chains, unconstrained) {
		return untrusted("a certificate of the chain restricts addresses, and that of the author stands in the subject")
	}
	return problem{}
}

func unconstrained(chain []*x509.Certificate) bool {
	return !slices.ContainsFunc(chain, func(c *x509.Certificate) bool {
		return len(c.PermittedEmailAddresses) > 0 || len(c.ExcludedEmailAddresses) > 0
	})
}

// whyUntrusted says in words of its own what is wrong with a chain.
func whyUntrusted(c *x509.Certificate, err error) string {
	var invalid x509.CertificateInvalidError
	var weak x509.InsecureAlgorithmError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid):
		of := "a certificate of the chain"
		if invalid.Cert == c {
			of = "the certificate"
		}
		switch invalid.Reason {
		case x509.Expired:
			return of + " is valid from " + day(invalid.Cert.NotBefore) + " until " + day(invalid.Cert.NotAfter)
		case x509.IncompatibleUsage, x509.CANotAuthorizedForExtKeyUsage:
			return of + " is not for mail"
		case x509.CANotAuthorizedForThisName:
			return "a certificate of the chain may not speak for this name"
		}
		return of + " is not valid in a chain"
	case errors.As(err, &weak), insecure(c.SignatureAlgorithm):
		return "the certificate is signed with " + c.SignatureAlgorithm.String()
	case errors.As(err, &unknown):
		return "the certificate leads to no anchor"
	}
	return "the certificate cannot be verified"
}

// insecure reports whether a signature of a certificate is of a digest that crypto/x509 does not accept.
func insecure(a x509.SignatureAlgorithm) bool {
	return slices.Contains([]x509.SignatureAlgorithm{x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.MD5WithRSA, x509.DSAWithSHA1}, a)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Name says whose a certificate is, or who issued it, in as few words as there are. It may hold foreign octets.
func Name(n pkix.Name) string {
	switch {
	case n.CommonName != "":
		return n.CommonName
	case len(n.OrganizationalUnit) > 0:
		return n.OrganizationalUnit[0]
	case len(n.Organization) > 0:
		return n.Organization[0]
	}
	return "nobody"
}
