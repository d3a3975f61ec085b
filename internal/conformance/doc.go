// Package conformance holds the gate to cases that others wrote, end to end: a DNS server on loopback, the resolver, the
// examination, the milter, and a conversation as an MTA has it. It is tests only, and decides nothing.
package conformance
