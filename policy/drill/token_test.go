package drill

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, MinSecret) }

var end = time.Date(2011, 11, 14, 18, 0, 0, 0, time.FixedZone("", 9*3600))

func mustToken(t testing.TB, k Key, drill string, round int) string {
	t.Helper()
	s, err := MakeToken(k, drill, round, end, "drill.example")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestToken(t *testing.T) {
	k := Key{ID: "k1", Secret: secret(1)}
	text := mustToken(t, k, "drill_2011", 1)
	if want := "v1;drill_2011;1;k1;1321261200;"; !strings.HasPrefix(text, want) || len(text) != len(want)+43 {
		t.Fatalf("%s", text)
	}
	token, ok := ReadToken(" " + text + "\r\n")
	if !ok || token.Drill != "drill_2011" || token.Round != 1 || token.Key != "k1" || !token.NotAfter.Equal(end) {
		t.Fatalf("%+v, %v", token, ok)
	}
	if !token.Verify([]Key{{ID: "k0", Secret: secret(9)}, k}, "drill.example") {
		t.Error("a genuine token is refused")
	}
	for name, keys := range map[string][]Key{"no key": nil, "another secret": {{ID: "k1", Secret: secret(2)}}, "another name": {{ID: "k2", Secret: secret(1)}}, "a short secret": {{ID: "k1", Secret: secret(1)[1:]}}} {
		if token.Verify(keys, "drill.example") {
			t.Errorf("%s: it is accepted", name)
		}
	}
	if token.Verify([]Key{k}, "other.example") || token.Verify([]Key{k}, "") {
		t.Error("it is accepted for another domain")
	}
	if token.Expired(end) || !token.Expired(end.Add(time.Second)) {
		t.Error("it does not end when it says")
	}
	// Each part is bound: a token with one part changed is no token of any key.
	for i, other := range []string{"v2", "drill_2012", "2", "k2", "1321261201", strings.Repeat("A", 43)} {
		parts := strings.Split(text, ";")
		parts[i] = other
		changed, ok := ReadToken(strings.Join(parts, ";"))
		if ok && changed.Verify([]Key{k, {ID: "k2", Secret: secret(1)}}, "drill.example") {
			t.Errorf("part %d can be changed", i+1)
		}
	}
}

func TestReadTokenRefuses(t *testing.T) {
	good := mustToken(t, Key{ID: "k", Secret: secret(1)}, "d", 1)
	mac := good[strings.LastIndexByte(good, ';')+1:]
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	spare := good[:len(good)-1] + string(alphabet[strings.IndexByte(alphabet, good[len(good)-1])|1]) // the last character has two bits that say nothing
	for _, s := range []string{spare, "", ";;;;;", good + ";", good + "=", "x" + good, "v1;D;1;k;5;" + mac, "v1;d;01;k;5;" + mac, "v1;d;+1;k;5;" + mac, "v1;d;0;k;5;" + mac,
		"v1;d;10000;k;5;" + mac, "v1;d;1;;5;" + mac, "v1;d;1;k;-5;" + mac, "v1;d;1;k;05;" + mac, "v1;d;1;k;99999999999999999999;" + mac, "v1;d;1;k;5;" + mac[1:],
		good[:len(good)-1] + "+", good[:len(good)-1] + "\n" + good[len(good)-1:], good[:len(good)-1] + "\r" + good[len(good)-1:], "v1;d;1;k;5;" + mac + "AAAA", strings.Repeat(" ", MaxToken-len(good)+1) + good} {
		if token, ok := ReadToken(s); ok {
			t.Errorf("%q is read as %+v", s, token)
		}
	}
	if _, ok := ReadToken(strings.Repeat(" ", MaxToken-len(good)) + good); !ok {
		t.Errorf("%d octets are refused", MaxToken)
	}
}

func TestMakeRefuses(t *testing.T) {
	good := Key{ID: "k", Secret: secret(1)}
	for name, make := range map[string]func() (string, error){
		"short secret": func() (string, error) {
			return MakeToken(Key{ID: "k", Secret: secret(1)[1:]}, "d", 1, end, "x.example")
		},
		"key name": func() (string, error) { return MakeToken(Key{ID: "K", Secret: secret(1)}, "d", 1, end, "x.example") },
		"drill":    func() (string, error) { return MakeToken(good, "d;e", 1, end, "x.example") },
		"round":    func() (string, error) { return MakeToken(good, "d", MaxRound+1, end, "x.example") },
		"no round": func() (string, error) { return MakeToken(good, "d", 0, end, "x.example") },
		"end":      func() (string, error) { return MakeToken(good, "d", 1, time.Time{}, "x.example") },
		"domain":   func() (string, error) { return MakeToken(good, "d", 1, end, "") },
	} {
		if s, err := make(); err == nil {
			t.Errorf("%s: %s", name, s)
		} else if keyed := name == "short secret" || name == "key name"; errors.Is(err, ErrKey) != keyed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := MakeToken(good, strings.Repeat("d", MaxName), MaxRound, end, "x.example"); err != nil {
		t.Error(err)
	}
	if _, err := MakeToken(good, strings.Repeat("d", MaxName+1), 1, end, "x.example"); err == nil {
		t.Error("a longer name")
	}
}

func FuzzReadToken(f *testing.F) {
	k := Key{ID: "k", Secret: secret(1)}
	good := mustToken(f, k, "d", 1)
	f.Add(good)
	f.Add("v1;d;1;k;5;")
	f.Add(good[:len(good)-4] + "\n" + good[len(good)-4:])
	f.Add(strings.Replace(good, "d", "e", 1))
	f.Fuzz(func(t *testing.T, s string) {
		token, ok := ReadToken(s)
		if !ok {
			return
		}
		if !isName(token.Drill) || !isName(token.Key) || token.Round < 1 || token.Round > MaxRound {
			t.Errorf("%q: %+v", s, token)
		}
		if genuine := strings.Trim(s, " \t\r\n") == good; token.Verify([]Key{k}, "drill.example") != genuine {
			t.Errorf("%q: genuine is %v", s, genuine)
		}
	})
}
