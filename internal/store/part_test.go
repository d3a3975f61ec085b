package store

import (
	"context"
	"fmt"
	"time"
)

// openPart opens a store for a process that plays a part.
func openPart(kind, where string) (Store, *Secret, error) {
	octets := make([]byte, MinSecret)
	copy(octets, "a")
	secret, err := NewSecret(octets)
	if err != nil {
		return nil, nil, err
	}
	c := patient(Config{Kind: Kind(kind), Secret: secret, Path: where, Redis: Redis{Addresses: []string{where}}})
	s, err := Open(c)
	return s, secret, err
}

// addAll adds 500 members, the same in every process, and prints how many it was the first to add.
func addAll(args []string) error {
	s, secret, err := openPart(args[0], args[1])
	if err != nil {
		return err
	}
	n := 0
	for i := range 500 {
		added, err := s.AddOnce(context.Background(), secret.Key("set"), secret.Key("m", fmt.Sprint(i)), nil, time.Time{})
		if err != nil {
			return err
		}
		if added {
			n++
		}
	}
	fmt.Println(n)
	return s.Close()
}
