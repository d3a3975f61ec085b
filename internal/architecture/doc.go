// Package architecture holds tests only: they read the imports of the whole tree and fail where a room imports what
// the design does not let it, and where anything under policy/ could look at a clock, a file, a socket or a dice.
// A breach is mended in the code; where the design itself changes, the tables of rules_test.go change with
// docs/design.md.
package architecture
