package policyfile

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/netip"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func printed(t *testing.T, p *policy.Policy) string {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrint(t *testing.T) {
	for _, x := range []struct{ golden, file string }{
		{"testdata/print_empty.txt", ""},
		{"testdata/print_default.txt", string(DefaultFile())},
		{"testdata/print_every_key.txt", everyKey},
		{"testdata/print_reply.txt", "[auto_reply]\n[[auto_reply.exempt]]\nname = \"towns\"\nrecipients = [\"lg.jp\"]\n[reply_guard]\nmode = \"enforce\"\n"},
		{"testdata/print_observe.txt", "[spoof]\ndmarc = \"off\"\nprotected = []\n"},
	} {
		var b bytes.Buffer
		if err := Print(&b, must(t, x.file)); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(x.golden, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(x.golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), b.String()); d != "" {
			t.Errorf("%s: %s", x.golden, d)
		}
	}
}

// unprinted are the settings that Print says in sum only, or not at all.
func unprinted(path string) bool {
	for _, s := range []string{
		".Suspicion.Lists.People[", ".Suspicion.Lists.Organisations[", ".Suspicion.Lists.Freemail[", ".Suspicion.Lists.Shorteners[",
		".Suspicion.Lists.Redirectors[", ".Suspicion.Lists.Extensions[", // how many there are is printed
		".Indicators[0].Value", ".Indicators[0].From", ".Indicators[0].Until", // how many there are of its kind is
		".Bulletins[1].Action", ".Bulletins[1].Reference", ".Bulletins[1].File", ".Bulletins[1].From", ".Bulletins[1].Until", // it is off
		".Store.Kind",                  // a third is none
		".Store.Path", ".Store.Ledger", // of a store in a file
		".Store.Redis.PasswordFile", // with a user
		".Store.Redis.SentinelPasswordFile", ".Store.Redis.CAFile", ".Store.Redis.CertFile", ".Store.Redis.KeyFile", ".Store.Redis.ServerName",
		".Store.Redis.Cluster", // with Sentinels it cannot be one
	} {
		if strings.Contains(path, s) {
			return true
		}
	}
	return false
}

// TestPrintShowsEverySetting changes each setting of a policy, one after the other, and looks whether Print says something else.
func TestPrintShowsEverySetting(t *testing.T) {
	p := must(t, everyKey)
	before := printed(t, p)
	n := 0
	each(reflect.ValueOf(p).Elem(), "", func(path string) {
		n++
		secret := strings.Contains(path, ".Secret[")
		switch same := printed(t, p) == before; {
		case secret && !same:
			t.Errorf("%s is shown", path)
		case !secret && same && !unprinted(path):
			t.Errorf("%s is not shown", path)
		case !same && unprinted(path):
			t.Errorf("%s is shown after all", path)
		}
	})
	if n < 300 {
		t.Errorf("only %d settings were changed", n)
	}
	if strings.Contains(before, strings.Repeat("k", 32)) || strings.Contains(before, "kkkk") {
		t.Error("a key is shown")
	}
}

// each changes every value below v, calls look, and changes it back.
func each(v reflect.Value, path string, look func(path string)) {
	change := func(to any) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.Set(reflect.ValueOf(to).Convert(v.Type()))
		look(path)
		v.Set(old)
	}
	switch x := v.Interface().(type) {
	case *x509.Certificate:
		change(&x509.Certificate{Subject: pkix.Name{CommonName: "other"}})
		return
	case time.Time:
		change(x.Add(time.Hour))
		return
	case netip.Prefix:
		change(netip.MustParsePrefix("10.9.8.7/32"))
		return
	case netip.AddrPort:
		change(netip.MustParseAddrPort("10.9.8.7:9"))
		return
	case policy.DomainSet:
		s, _ := policy.ParseDomainSet("other.example")
		change(s)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), path+"."+v.Type().Field(i).Name, look)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), path+"["+strconv.Itoa(i)+"]", look)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			item := reflect.New(v.Type().Elem()).Elem()
			item.Set(v.MapIndex(k))
			each(item, path+"["+k.String()+"]", func(path string) {
				old := reflect.New(item.Type()).Elem()
				old.Set(v.MapIndex(k))
				v.SetMapIndex(k, item)
				look(path)
				v.SetMapIndex(k, old)
			})
		}
	case reflect.String:
		change(v.String() + "x")
	case reflect.Bool:
		change(!v.Bool())
	case reflect.Int, reflect.Int64:
		change(v.Int() + int64(time.Hour))
	case reflect.Uint8:
		change(v.Uint() + 1)
	default:
		panic(path + " is " + v.Kind().String())
	}
}
