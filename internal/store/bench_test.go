package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"
)

// ministry is what 60,000 staff leave in the memory when ten mails to each of them were flagged: three keys a mail.
const ministry = 600_000

// fill remembers n values of 32 octets, spread over three purposes and 90 days.
func fillStore(tb testing.TB, s Store, st stand, n int) {
	tb.Helper()
	var value [32]byte
	for i := range n {
		binary.BigEndian.PutUint64(value[:], uint64(i))
		s.Remember(numbered(st, i), value[:], st.now().Add(time.Duration(i%90+1)*24*time.Hour))
		if i%BatchSize == BatchSize-1 {
			flushed(tb, s)
		}
	}
	flushed(tb, s)
}

func numbered(st stand, i int) Key {
	return st.config.Secret.Key([...]Purpose{"message_id", "pair", "thread"}[i%3], fmt.Sprint(i))
}

// benchmarkMinistry fills a store, reports octets for each value, and measures a recall of one key of each purpose.
func benchmarkMinistry(b *testing.B, st stand, octets func(Store) int64) {
	s := mustOpen(b, st.config)
	fillStore(b, s, st, ministry)
	each := float64(octets(s)) / ministry
	ctx := context.Background()
	for _, hit := range []int{0, ministry} { // known, unknown
		b.Run(map[int]string{0: "recall hit", ministry: "recall miss"}[hit], func(b *testing.B) {
			b.ReportAllocs()
			i := hit
			for b.Loop() {
				i = hit + (i+7919)%(ministry-3)
				if _, err := s.Recall(ctx, numbered(st, i), numbered(st, i+1), numbered(st, i+2)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(each, "octets/value")
		})
	}
}

func BenchmarkFileMinistry(b *testing.B) {
	benchmarkMinistry(b, newFileStand(b), func(s Store) int64 {
		size, err := s.(*front).b.size(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		return size.Bytes
	})
}

// BenchmarkRemember is what a mail pays to remember one value.
func BenchmarkRemember(b *testing.B) {
	st := newFileStand(b)
	st.config.QueueSize = 1 << 30
	s := mustOpen(b, st.config)
	later := st.now().Add(time.Hour)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		s.Remember(Key{"bench", ID{byte(n), byte(n >> 8), byte(n >> 16)}}, []byte("value"), later)
	}
}

// BenchmarkFileWrite is the pace at which what is remembered comes to disk, in whole batches.
func BenchmarkFileWrite(b *testing.B) {
	st := newFileStand(b)
	s := mustOpen(b, st.config)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range BatchSize {
			n++
			s.Remember(numbered(st, n), []byte("0123456789abcdef0123456789abcdef"), st.now().Add(24*time.Hour))
		}
		flushed(b, s)
	}
	b.ReportMetric(float64(BatchSize)*float64(b.N)/b.Elapsed().Seconds(), "values/s")
}

func BenchmarkFileAddOnce(b *testing.B) {
	st := newFileStand(b)
	s := mustOpen(b, st.config)
	set := st.config.Secret.Key("set")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		mustAdd(b, s, set, numbered(st, n), "", time.Time{})
	}
}

func BenchmarkKey(b *testing.B) {
	secret := testSecret(b, "a")
	b.ReportAllocs()
	for b.Loop() {
		secret.Key("pair", "taro.yamada@soumu.go.jp", "someone@somewhere.example.com")
	}
}
