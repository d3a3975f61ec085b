package architecture

// room is a part of the tree and the rooms that its code may import. Rooms are directories; each stands for itself and
// everything below it. Of several that fit a package the longest holds. Tests may import every room.
type room struct {
	dir     string
	imports []string
}

func rooms() []room {
	return []room{
		{"cmd", []string{"policy", "milter", "metrics", "internal"}},
		{"milter", []string{"policy"}},
		{"metrics", []string{"=policy", "=policy/drill", "=policy/suspicion"}}, // types, and the names that become labels
		{"policy", []string{"policy"}},
		{"policy/auth/smime", []string{"=policy", "=policy/mail"}},
		{"policy/mail/link", []string{"=policy", "=policy/mail"}},
		{"policy/bulletin", []string{"=policy", "=policy/mail", "=policy/mail/link"}},
		{"policy/suspicion", []string{"=policy", "=policy/mail", "=policy/mail/link", "=policy/mail/mime", "=policy/mail/archive"}},
		{"internal", []string{"=policy"}}, // the types, not what is below them
		{"internal/dns", []string{"=policy", "internal/dns/wire"}},
		{"internal/zone", []string{"=policy", "internal/dns/wire"}},
		{"internal/survey", []string{"=policy", "=policy/survey"}},                  // runs what policy/survey says
		{"internal/ledger", []string{"=policy", "=policy/drill", "internal/store"}}, // keeps what policy/drill counts
		{"internal/testmta", []string{"internal/scenario"}},                         // used by tests only
	}
}

// dependency is a module from outside, or a part of one, and the rooms that may import it. Of several that fit an
// import the longest holds. Tests may import every dependency. A room means what is below it as well, but the package
// policy itself imports the standard library only.
type dependency struct {
	path  string
	rooms []string
}

func dependencies() []dependency {
	return []dependency{
		{"github.com/alecthomas/kong", []string{"cmd/sekimori"}},
		{"github.com/emersion/go-milter", []string{"milter"}},
		{"github.com/emersion/go-msgauth/dkim", []string{"policy/auth/dkim", "internal/scenario"}}, // scenario signs
		{"blitiri.com.ar/go/spf", []string{"policy/auth/spf"}},
		{"github.com/hashicorp/golang-lru/v2", []string{"internal/dns"}},
		{"github.com/miekg/dns", []string{"internal/dns", "internal/zone"}},
		{"github.com/pelletier/go-toml/v2", []string{"policy/policyfile"}},
		{"github.com/prometheus/client_golang", []string{"metrics"}},
		{"github.com/redis/go-redis/v9", []string{"internal/store"}},
		{"go.etcd.io/bbolt", []string{"internal/store"}},
		{"golang.org/x/crypto/cryptobyte", []string{"policy/auth/smime"}},
		{"golang.org/x/net/html", []string{"policy"}},
		{"golang.org/x/net/idna", []string{"policy"}},
		{"golang.org/x/net/publicsuffix", []string{"policy"}},
		{"golang.org/x/sys/unix", []string{"internal/systemd"}},
		{"golang.org/x/text", []string{"policy"}},
		{"golang.org/x/tools/txtar", []string{"internal/scenario"}},
		{"gopkg.in/yaml.v3", []string{"internal/spfsuite"}}, // which only tests use
	}
}

// pure is the room that looks at nothing but its arguments.
const pure = "policy"

// impureImports are packages of the standard library that nothing pure imports, each with what is below it, and
// pureExceptions those below them that only parse.
func impureImports() []string {
	return []string{"os", "net", "syscall", "io/ioutil", "log", "plugin", "database/sql", "math/rand", "crypto/rand", "testing"}
}

func pureExceptions() []string { return []string{"net/netip", "net/mail", "net/textproto", "net/url"} }

// impureTime are the names of package time that look at the clock or wait. A deadline of package context is let
// through: it bounds the work and is no fact that a rule sees.
func impureTime() []string {
	return []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}
}
