package store

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// DefaultPrefix begins every key in Redis.
const DefaultPrefix = "sekimori"

// Redis says where the shared memory is.
type Redis struct {
	Addresses []string // host:port, or the path of a unix socket; of Sentinels with Master, of some nodes with Cluster
	Master    string   // the name of the master that the Sentinels know; "" without Sentinel
	Cluster   bool     // Redis Cluster
	Database  int      // 0 to 15; with Cluster only 0

	Username             string // "": the default user
	PasswordFile         string // "": no password
	SentinelPasswordFile string // "": no password for the Sentinels

	TLS        bool   // TLS 1.2 or later, the certificate is checked
	CAFile     string // PEM; "": the system's
	CertFile   string // PEM, own certificate; "": none
	KeyFile    string // PEM, with CertFile
	ServerName string // name in the certificate; "": the host of the address

	Prefix string // begins every key: letters, digits, '_', '-' and ':'; DefaultPrefix
}

// complete fills in the defaults, and returns the first mistake.
func (r *Redis) complete() error {
	fill(&r.Prefix, DefaultPrefix)
	wrong := func(what string) error { return fmt.Errorf("%w: %s", ErrConfig, what) }
	switch {
	case len(r.Addresses) == 0:
		return wrong("redis needs an address")
	case r.Master != "" && r.Cluster:
		return wrong("redis is either behind Sentinel or a Cluster")
	case len(r.Addresses) > 1 && r.Master == "" && !r.Cluster:
		return wrong("several redis addresses need the master's name for Sentinel, or cluster")
	case r.Database < 0 || r.Database > 15 || r.Database > 0 && r.Cluster:
		return wrong("the redis database is 0 to 15, in a Cluster 0")
	case (r.CertFile == "") != (r.KeyFile == ""):
		return wrong("a redis certificate and its key go together")
	case !r.TLS && (r.CAFile != "" || r.CertFile != "" || r.ServerName != ""):
		return wrong("redis certificates need tls")
	case strings.Trim(r.Prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:") != "" || len(r.Prefix) > 64:
		return wrong("the redis prefix is up to 64 letters, digits, '_', '-' and ':'")
	}
	return nil
}

// options turns the configuration into that of the library. Nothing is tried again by it: on the way of a mail there is
// no time for that, and elsewhere it is done here.
func (r Redis) options(c Config) (*redis.UniversalOptions, error) {
	password, err := passwordOf(r.PasswordFile)
	if err != nil {
		return nil, err
	}
	sentinel, err := passwordOf(r.SentinelPasswordFile)
	if err != nil {
		return nil, err
	}
	o := &redis.UniversalOptions{
		Addrs: r.Addresses, MasterName: r.Master, IsClusterMode: r.Cluster, DB: r.Database,
		Username: r.Username, Password: password, SentinelPassword: sentinel,
		Protocol: 2, DisableIdentity: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		DialTimeout: c.LedgerTimeout, ReadTimeout: c.LedgerTimeout, WriteTimeout: c.LedgerTimeout, PoolTimeout: c.LedgerTimeout,
		PoolSize: MaxReading,
	}
	if r.TLS {
		if o.TLSConfig, err = r.tls(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (r Redis) tls() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: r.ServerName}
	if r.CAFile != "" {
		text, err := os.ReadFile(r.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the certificates for redis: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%w: there is no certificate in %s", ErrConfig, r.CAFile)
		}
	}
	if r.CertFile != "" {
		own, err := tls.LoadX509KeyPair(r.CertFile, r.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the certificate for redis: %w", err)
		}
		t.Certificates = []tls.Certificate{own}
	}
	return t, nil
}

func passwordOf(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := readPrivate(path)
	if err != nil {
		return "", fmt.Errorf("read a password for redis: %w", err)
	}
	if len(text) == 0 {
		return "", errors.Join(ErrConfig, fmt.Errorf("there is no password in %s", path))
	}
	return string(text), nil
}
