//go:build linux && endtoend

package store

import "testing"

func BenchmarkRedisMinistry(b *testing.B) {
	server := startRedis(b)
	before := usedMemory(server.tell(b, "INFO", "memory").(string))
	benchmarkMinistry(b, server.stand(b), func(Store) int64 {
		return usedMemory(server.tell(b, "INFO", "memory").(string)) - before
	})
}
