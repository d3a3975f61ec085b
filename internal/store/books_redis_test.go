//go:build linux && endtoend

package store

import "testing"

func TestRedisBooks(t *testing.T) {
	bookSuite(t, func(t testing.TB) Config { return startRedis(t).stand(t).config })
}
