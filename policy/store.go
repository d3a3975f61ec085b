package policy

import "time"

// StoreKind is what keeps the memory between messages.
type StoreKind string

// The kinds.
const (
	StoreFile  StoreKind = "file"  // one gateway: a file of its own
	StoreRedis StoreKind = "redis" // several gateways share a Redis
)

// StoreKinds lists every StoreKind.
func StoreKinds() []StoreKind { return []StoreKind{StoreFile, StoreRedis} }

// Store says where the memory between messages is kept. Nothing is opened where no rule needs it: see NeedsStore.
type Store struct {
	Kind       StoreKind
	Path       string        // StoreFile: the file
	SecretFile string        // what keys are made with; made when it is not there, with StoreFile only
	Timeout    time.Duration // longest wait of one message
	Ledger     string        // StoreFile: the directory of what was counted in drills; with StoreRedis that is in Redis, too
	Redis      Redis         // StoreRedis
}

// Redis says how the shared memory is reached.
type Redis struct {
	Addresses            []string // host:port, or the path of a unix socket; of Sentinels with Master, of some nodes with Cluster
	Master               string   // name of the master that the Sentinels know; "" without Sentinel
	Cluster              bool
	Database             int
	Username             string // "": the default user
	PasswordFile         string // "": no password
	SentinelPasswordFile string // "": no password for the Sentinels
	TLS                  bool
	CAFile               string // PEM; "": the system's
	CertFile             string // PEM, own certificate; "": none
	KeyFile              string // PEM, with CertFile
	ServerName           string // name in the certificate; "": the host of the address
	Prefix               string // begins every key
}

// NeedsStore reports whether a rule of p remembers anything between messages.
func (p *Policy) NeedsStore() bool {
	return p.ReplyGuard.Mode != ModeOff || p.Suspicion.Mode != ModeOff || len(p.Drills) > 0
}
