//go:build linux && endtoend

package store

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// freePort is one that nobody listens on just now.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// works passes values and members through a store.
func works(t *testing.T, c Config) {
	t.Helper()
	s := mustOpen(t, c)
	var all []Key
	for i := range 50 {
		k := c.Secret.Key("many", fmt.Sprint(i))
		all = append(all, k)
		s.Remember(k, []byte("x"), time.Now().Add(time.Hour))
		mustAdd(t, s, c.Secret.Key("set"), k, "", time.Now().Add(time.Hour))
	}
	flushed(t, s)
	if got := recalled(t, s, all...); strings.Count(got, `"x"`) != len(all) {
		t.Errorf("%d of %d values", strings.Count(got, `"x"`), len(all))
	}
	n := 0
	if err := s.Each(context.Background(), c.Secret.Key("set"), func(Member) error { n++; return nil }); err != nil || n != len(all) {
		t.Errorf("%d of %d members, %v", n, len(all), err)
	}
	if n := mustCount(t, s, c.Secret.Key("set")); n != len(all) {
		t.Errorf("counted %d of %d members", n, len(all))
	}
	if size, err := s.(*front).b.size(context.Background()); err != nil || size.Entries != int64(len(all))+2 { // with the set and meta
		t.Errorf("size %+v, %v", size, err)
	}
}

// TestRedisCluster spreads keys over the nodes of a Cluster.
func TestRedisCluster(t *testing.T) {
	var servers []*server
	var ports []string
	var bus0 string // where the first node talks to the others
	for i := range 3 {
		port, bus := freePort(t), freePort(t)
		s := startRedis(t, "--port", port, "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", bus)
		s.tell(t, "CLUSTER", "ADDSLOTSRANGE", i*5461, i*5461+5460)
		if i == 0 {
			bus0 = bus
		} else {
			s.tell(t, "CLUSTER", "MEET", "127.0.0.1", ports[0], bus0)
		}
		servers, ports = append(servers, s), append(ports, port)
	}
	servers[2].tell(t, "CLUSTER", "ADDSLOTSRANGE", 16383, 16383)
	for _, s := range servers {
		within10s(t, func() bool {
			info := fmt.Sprint(s.tell(t, "CLUSTER", "INFO"))
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	c := servers[0].stand(t).config
	c.Redis = Redis{Addresses: []string{"127.0.0.1:" + ports[0]}, Cluster: true}
	works(t, c)
	for i, s := range servers {
		if n := s.tell(t, "DBSIZE").(int64); n == 0 {
			t.Errorf("node %d holds nothing", i)
		}
	}
}

// TestRedisSentinel finds the master through a Sentinel.
func TestRedisSentinel(t *testing.T) {
	port, sentinelPort := freePort(t), freePort(t)
	server := startRedis(t, "--port", port, "--bind", "127.0.0.1")
	path := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor ours 127.0.0.1 %s 1\n", sentinelPort, port)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := exec.Command("redis-server", path, "--sentinel")
	sentinel.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := sentinel.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sentinel.Process.Kill(); sentinel.Wait() })
	within10s(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+sentinelPort)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	c := server.stand(t).config
	c.Redis = Redis{Addresses: []string{"127.0.0.1:" + sentinelPort}, Master: "ours"}
	works(t, c)
	if n := server.tell(t, "DBSIZE").(int64); n == 0 {
		t.Error("the master holds nothing")
	}
}

// TestRedisTLS speaks TLS, and to no server whose certificate it cannot check.
func TestRedisTLS(t *testing.T) {
	cert, key := certificate(t)
	port := freePort(t)
	server := startRedis(t, "--tls-port", port, "--bind", "127.0.0.1", "--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-ca-cert-file", cert, "--tls-auth-clients", "yes")
	c := server.stand(t).config
	c.Redis = Redis{Addresses: []string{"127.0.0.1:" + port}, TLS: true, CAFile: cert, CertFile: cert, KeyFile: key, ServerName: "redis.test"}
	works(t, c)
	for name, spoil := range map[string]func(*Redis){
		"the system's authorities": func(r *Redis) { r.CAFile = "" },
		"another name":             func(r *Redis) { r.ServerName = "other.test" },
		"no own certificate":       func(r *Redis) { r.CertFile, r.KeyFile = "", "" },
	} {
		bad := c
		spoil(&bad.Redis)
		s := mustOpen(t, bad)
		if _, err := s.Recall(context.Background(), c.Secret.Key("many", "1")); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// certificate makes one that signs itself, and returns its files.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis.test"}, DNSNames: []string{"redis.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return put("cert.pem", "CERTIFICATE", der), put("key.pem", "PRIVATE KEY", keyDER)
}

func within10s(t *testing.T, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("not in 10 s")
}
