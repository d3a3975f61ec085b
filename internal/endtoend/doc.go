// Package endtoend holds tests only: every scenario of testdata goes through a real Postfix and a real Sendmail with the
// real sekimori attached by the lines of contrib, and each fault that operation knows happens once. They run with
// -tags endtoend, as root, in private namespaces (package testmta). It decides nothing.
package endtoend
