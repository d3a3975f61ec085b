package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"

	"sekimori/internal/zone"
	"sekimori/policy/policyfile"
)

// The demonstration: the policy that a new installation starts from, and a zone that answers instead of the real DNS.
var (
	//go:embed demo/demo.zone
	demoZoneFile []byte
)

func demoPolicy() []byte { return policyfile.DefaultFile() }

func demoZone() (*zone.Zone, error) { return zone.Parse(bytes.NewReader(demoZoneFile), "demo.zone") }

// demoHints prints two lines to paste.
func demoHints(w io.Writer, address, metrics string) {
	fmt.Fprintf(w, `
This is a demonstration: built-in policy, example zone instead of the real DNS. In another terminal, a forged mail and the counters:

  bin/sekimori probe --milter %s --client 203.0.113.9 --from '<taro@mof.go.jp>' --rcpt '<hanako@example.jp>' contrib/examples/forged.eml
  bin/sekimori status --metrics %s

`, address, metrics)
}
