package policyfile

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sekimori/policy"
)

// Limits of [store].
const (
	minStoreTimeout   = time.Millisecond
	maxStoreTimeout   = time.Second
	maxRedisDatabase  = 15
	maxRedisAddresses = 32
	maxRedisName      = 255 // characters of a user or a master
	maxRedisPrefix    = 64
)

// store reads [store]. Nothing is opened or read here that it names.
func (c *compiler) store() {
	t := c.one("store")
	if t == nil {
		return
	}
	s := &c.policy.Store
	c.section(t, storeKeys(s), c.shape)
	if s.Kind == policy.StoreRedis {
		c.redis(t)
	}
}

// checkStore warns of settings of the other kind of store.
func (c *compiler) checkStore() {
	t := c.one("store")
	if t == nil {
		return
	}
	s := &c.policy.Store
	for _, n := range t.items {
		if !ofBoth(n.name) && ofFile(n.name) != (s.Kind == policy.StoreFile) {
			c.warn(n.at, n.path, "it has no effect: store.kind is %q", s.Kind)
		}
	}
}

// ofBoth reports whether a key holds for every kind of store.
func ofBoth(name string) bool { return name == "kind" || name == "secret_file" || name == "timeout" }

// ofFile reports whether a key holds for a store that is a file.
func ofFile(name string) bool { return name == "path" || name == "ledger" }

func storeKeys(s *policy.Store) []key {
	const plain = "write it in printable ASCII"
	r := &s.Redis
	return []key{
		{"kind", word(&s.Kind, policy.StoreKinds()...)},
		{"path", path(&s.Path, false)},
		{"secret_file", path(&s.SecretFile, false)},
		{"ledger", directory(&s.Ledger)},
		{"timeout", duration(&s.Timeout, minStoreTimeout, maxStoreTimeout)},
		{"addresses", list(&r.Addresses, 0, redisAddress)},
		{"master", printable(&r.Master, 0, maxRedisName, plain)},
		{"cluster", boolean(&r.Cluster)},
		{"database", integer(&r.Database, 0, maxRedisDatabase)},
		{"username", printable(&r.Username, 0, maxRedisName, plain)},
		{"password_file", path(&r.PasswordFile, true)},
		{"sentinel_password_file", path(&r.SentinelPasswordFile, true)},
		{"tls", boolean(&r.TLS)},
		{"tls_ca_file", path(&r.CAFile, true)},
		{"tls_cert_file", path(&r.CertFile, true)},
		{"tls_key_file", path(&r.KeyFile, true)},
		{"tls_server_name", func(d *document, n *node) {
			if n.kind == kindText && n.text == "" {
				return // as where the key is missing
			}
			if v, ok := domain(d, n); ok {
				r.ServerName = string(v)
			}
		}},
		{"prefix", redisPrefix(&r.Prefix)},
	}
}

// redis reports what does not go together, or is missing, for a store in Redis.
func (c *compiler) redis(t *node) {
	r := &c.policy.Store.Redis
	if t.child("secret_file") == nil {
		c.report(t.at, t.path, "secret_file is missing: gateways that share a Redis share a secret, made once and copied to each")
	}
	n := t.child("addresses")
	switch {
	case n == nil:
		c.report(t.at, t.path, "addresses is missing")
	case n.kind == kindList && len(n.items) == 0:
		c.report(n.at, n.path, "the list is empty")
	case len(r.Addresses) > maxRedisAddresses:
		c.report(n.at, n.path, "%d addresses; at most %d are possible", len(r.Addresses), maxRedisAddresses)
	case len(r.Addresses) > 1 && r.Master == "" && !r.Cluster:
		c.report(n.at, n.path, "several addresses are those of Sentinels, with master, or those of a Cluster, with cluster = true")
	}
	if n := t.child("cluster"); n != nil && r.Cluster && r.Master != "" {
		c.report(n.at, n.path, "a Redis is either behind Sentinel or a Cluster, and master is given")
	}
	if n := t.child("database"); n != nil && r.Cluster && r.Database > 0 {
		c.report(n.at, n.path, "a Cluster has database 0 alone")
	}
	if n := t.child("sentinel_password_file"); n != nil && r.SentinelPasswordFile != "" && r.Master == "" {
		c.report(n.at, n.path, "it goes with master, the name that the Sentinels know")
	}
	c.redisTLS(t, r)
}

func (c *compiler) redisTLS(t *node, r *policy.Redis) {
	for _, x := range [...]struct{ name, value, partner, other string }{
		{"tls_cert_file", r.CertFile, "tls_key_file", r.KeyFile},
		{"tls_key_file", r.KeyFile, "tls_cert_file", r.CertFile},
	} {
		if n := t.child(x.name); n != nil && x.value != "" && x.other == "" && (t.child(x.partner) == nil || t.child(x.partner).text == "") {
			c.report(n.at, n.path, "%s is missing: a certificate and its key go together", x.partner)
		}
	}
	for _, x := range [...][2]string{{"tls_ca_file", r.CAFile}, {"tls_cert_file", r.CertFile}, {"tls_key_file", r.KeyFile}, {"tls_server_name", r.ServerName}} {
		if n := t.child(x[0]); n != nil && x[1] != "" && !r.TLS {
			c.report(n.at, n.path, "it goes with tls = true")
		}
	}
}

// redisAddress reads host:port, or the path of a unix socket.
func redisAddress(d *document, n *node) (string, bool) {
	if !d.wants(n, kindText, `"192.0.2.10:6379"`) {
		return "", false
	}
	if strings.HasPrefix(n.text, "/") {
		var socket string
		path(&socket, false)(d, n)
		return socket, socket != ""
	}
	if a, err := netip.ParseAddrPort(n.text); err == nil && a.Port() > 0 {
		return n.text, true
	}
	host, port, found := strings.Cut(n.text, ":")
	_, err := policy.ParseDomain(host)
	if p, e := strconv.ParseUint(port, 10, 16); !found || err != nil || e != nil || p == 0 {
		d.report(n.at, n.path, `%s is no address of a Redis; write host and port, or the path of a socket: "192.0.2.10:6379", "[2001:db8::10]:6379", "/run/redis/redis.sock"`,
			quote(n.text))
		return "", false
	}
	return n.text, true
}

// redisPrefix reads what begins every key.
func redisPrefix(to *string) read {
	return func(d *document, n *node) {
		if !d.wants(n, kindText, `"sekimori"`) {
			return
		}
		ok := n.text != "" && len(n.text) <= maxRedisPrefix
		for i := 0; i < len(n.text) && ok; i++ {
			c := n.text[i]
			ok = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == ':'
		}
		if !ok {
			d.report(n.at, n.path, "%s is not possible here: up to %d letters, digits, _, - and :", quote(n.text), maxRedisPrefix)
			return
		}
		*to = n.text
	}
}
