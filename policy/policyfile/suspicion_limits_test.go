package policyfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// TestSuspicionLimits tries each limit at its bound, which is taken, and one beyond, which is not.
func TestSuspicionLimits(t *testing.T) {
	of := func(n int) string { return strings.Repeat("a", n) }
	several := func(n int, one func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(one(i))
		}
		return b.String()
	}
	person := func(name string) string { return "[[suspicion.person]]\nnames = [" + name + "]\n" }
	bulletin := func(i int) string {
		return fmt.Sprintf("[[bulletin]]\nname = \"b%d\"\nmode = \"off\"\nfile = \"a\"\n", i)
	}
	for _, x := range []struct{ good, bad string }{
		{"[suspicion]\nreject = 100", "[suspicion]\nreject = 100.1"},
		{"[suspicion]\ncaution = 5\nwarning = 5", "[suspicion]\ncaution = 5\nwarning = 4.9"},
		{"[suspicion]\nreject = 0", "[suspicion]\nreject = -0.1"},
		{"[suspicion]\nreject = 100.0", "[suspicion]\nreject = 99999999999"},
		{"[suspicion]\nlearning = \"0s\"", "[suspicion]\nlearning = \"-1s\""},
		{"[suspicion]\nlearning = \"366d\"", "[suspicion]\nlearning = \"367d\""},
		{"[suspicion]\nkeep = \"1d\"", "[suspicion]\nkeep = \"1439m\""},
		{"[suspicion]\nkeep_sent = \"24h\"", "[suspicion]\nkeep_sent = \"1439m\""},
		{"[suspicion]\ntag.warning = \"" + of(20) + `"`, "[suspicion]\ntag.warning = \"" + of(21) + `"`},
		{"[suspicion]\ntag.warning = \"【a b】\"", "[suspicion]\ntag.warning = \"【a b】 \""},
		{"[suspicion]\nweights.attach_macro = 50", "[suspicion]\nweights.attach_macro = 50.1"},
		{"[suspicion]\nweights.attach_macro = 0", "[suspicion]\nweights.attach_macro = -0.1"},
		{"[suspicion]\ncaps.text = 100", "[suspicion]\ncaps.text = 100.1"},
		{"[suspicion]\nlimits.octets = 65536", "[suspicion]\nlimits.octets = 65535"},
		{"[suspicion]\nlimits.octets = 1073741824", "[suspicion]\nlimits.octets = 1073741825"},
		{"[suspicion]\nlimits.decoded = 65536", "[suspicion]\nlimits.decoded = 65535"},
		{"[suspicion]\nlimits.parts = 10000", "[suspicion]\nlimits.parts = 10001"},
		{"[suspicion]\nlimits.depth = 64", "[suspicion]\nlimits.depth = 65"},
		{"[suspicion]\nlimits.text = 1024", "[suspicion]\nlimits.text = 1023"},
		{"[suspicion]\nlimits.text = 16777216", "[suspicion]\nlimits.text = 16777217"},
		{"[suspicion]\nlimits.html = 16777216", "[suspicion]\nlimits.html = 16777217"},
		{"[suspicion]\nlimits.links = 10000", "[suspicion]\nlimits.links = 10001"},
		{"[suspicion]\nlists.trusted_lists = [\"" + of(255) + `"]`, "[suspicion]\nlists.trusted_lists = [\"" + of(256) + `"]`},
		{"[suspicion]\nlists.freemail_file = \"" + of(1024) + `"`, "[suspicion]\nlists.freemail_file = \"" + of(1025) + `"`},
		{person(`"財務"`), person(`"財 1"`)},
		{person(`"` + of(64) + `"`), person(`"` + of(65) + `"`)},
		{person(several(20, func(i int) string { return fmt.Sprintf("\"name%d\",", i) })), person(several(21, func(i int) string { return fmt.Sprintf("\"name%d\",", i) }))},
		{several(5000, func(i int) string { return person(`"ab"`) }), several(5001, func(i int) string { return person(`"ab"`) })},
		{several(100, bulletin), several(101, bulletin)},
		{bulletin(1) + "reference = \"" + of(200) + `"`, bulletin(1) + "reference = \"" + of(201) + `"`},
		{strings.Replace(bulletin(1), "b1", of(32), 1), strings.Replace(bulletin(1), "b1", of(33), 1)},
		{bulletin(1) + "from = 2026-11-30\nuntil = 2026-11-30", bulletin(1) + "from = 2026-12-01\nuntil = 2026-11-30"},
		{bulletin(1) + "from = 2026-11-30T00:00:00Z\nuntil = 2026-11-30T00:00:01Z", bulletin(1) + "from = 2026-11-30T00:00:00Z\nuntil = 2026-11-30T00:00:00Z"},
	} {
		if _, problems := Read("f", []byte(x.good)); problems.Failed() {
			t.Errorf("refused: %.300s", problems)
		}
		if _, problems := Read("f", []byte(x.bad)); !problems.Failed() {
			t.Errorf("accepted: %.90s", x.bad)
		}
	}
}

// TestDrillLimits does so for drills.
func TestDrillLimits(t *testing.T) {
	round := func(more string) string {
		return "[[drill]]\nname = \"a\"\n[[drill.round]]\nround = 1\n" + aRound + "recognise.key_files.1 = \"k\"\n" + more + "\n"
	}
	several := func(n int, one func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(one(i))
		}
		return b.String()
	}
	rounds := func(n int) string {
		return "[[drill]]\nname = \"a\"\n" + several(n, func(i int) string {
			return fmt.Sprintf("[[drill.round]]\nround = %d\n", i+1) + aRound + "recognise.key_files.1 = \"k\"\n"
		})
	}
	drills := func(n int) string {
		return several(n, func(i int) string { return strings.Replace(round(""), `"a"`, fmt.Sprintf(`"d%d"`, i), 1) })
	}
	drill := func(more string) string { return "[[drill]]\n" + more + strings.TrimPrefix(round(""), "[[drill]]\n") }
	for _, x := range []struct{ good, bad string }{
		{drills(100), drills(101)},
		{rounds(100), rounds(101)},
		{drill("min_cell = 0\n"), drill("min_cell = -1\n")},
		{drill("min_cell = 1000\n"), drill("min_cell = 1001\n")},
		{drill("import.soon = \"10m\"\n"), drill("import.soon = \"10m1s\"\n")},
		{drill("import.burst = 1000\n"), drill("import.burst = 1001\n")},
		{drill("import.persons = 0\n"), drill("import.persons = -1\n")},
		{drill("import.together = \"0s\"\n"), drill("import.together = \"-1s\"\n")},
		{round("campaigns = [9007199254740991]"), round("campaigns = [9007199254740992]")},
		{round("difficulty = { rating = \"least\", cues = 100 }"), round("difficulty = { rating = \"least\", cues = 101 }")},
		{round("difficulty = { rating = \"least\", raters = 1000 }"), round("difficulty = { rating = \"least\", raters = 1001 }")},
		{strings.Replace(round(""), "round = 1\n", "round = 9999\n", 1), strings.Replace(round(""), "round = 1\n", "round = 10000\n", 1)},
		{strings.Replace(round(""), `lure = "a"`, `lure = "`+strings.Repeat("会", 80)+`"`, 1), strings.Replace(round(""), `lure = "a"`, `lure = "`+strings.Repeat("会", 81)+`"`, 1)},
		{strings.Replace(round(""), "max_recipients = 1\n", "max_recipients = 1000000000\n", 1), strings.Replace(round(""), "max_recipients = 1\n", "max_recipients = 1000000001\n", 1)},
		{strings.Replace(round(""), "203.0.113.1", "203.0.0.0/16", 1), strings.Replace(round(""), "203.0.113.1", "203.0.0.0/15", 1)},
		{round("recognise.header = \"" + strings.Repeat("X", 76) + `"`), round("recognise.header = \"" + strings.Repeat("X", 77) + `"`)},
	} {
		key := disk{"k": strings.Repeat("k", 32)}
		if _, problems := ReadAt("f", []byte(x.good), time.Time{}, key); problems.Failed() {
			t.Errorf("refused: %.300s", problems)
		}
		if _, problems := ReadAt("f", []byte(x.bad), time.Time{}, key); !problems.Failed() {
			t.Errorf("accepted: %.90s", x.bad)
		}
	}
	for n, want := range map[int]bool{31: true, 32: false, 4096: false, 4097: true} {
		if _, problems := ReadAt("f", []byte(round("")), time.Time{}, disk{"k": strings.Repeat("k", n)}); problems.Failed() != want {
			t.Errorf("a key of %d octets: refused %v", n, problems.Failed())
		}
	}
}

// What remembers flagged mail: an answer to it can be stopped only then.
func TestSomethingFlags(t *testing.T) {
	const nothing = "nothing will be remembered"
	drill := "[[drill]]\nname = \"a\"\n[[drill.round]]\nround = 1\n" + aRound + "recognise.key_files.1 = \"k\"\n"
	for file, want := range map[string]bool{
		"[suspicion]\n":                   true,
		"[suspicion]\nmode = \"enforce\"": false,
		"[suspicion]\nmode = \"enforce\"\ncaution = 0\nwarning = 0":                                                        true,
		"[suspicion]\nmode = \"enforce\"\ncaution = 0\nwarning = 0\nreject = 5":                                            true,
		"[suspicion]\nmode = \"enforce\"\ncaution = 0\nwarning = 0\nquarantine = 5":                                        false,
		"[suspicion]\nmode = \"enforce\"\ncaution = 5\nwarning = 5\nquarantine = 5\nreject = 5":                            true,
		"[suspicion]\nmode = \"enforce\"\ncaution = 0\nwarning = 0\n[[suspicion.organisation]]\nname = \"o\"\ncaution = 4": false,
		"[[bulletin]]\nname = \"a\"\nfile = \"a\"\nmode = \"enforce\"\n":                                                   false,
		"[[bulletin]]\nname = \"a\"\nfile = \"a\"\nmode = \"enforce\"\naction = \"tag\"\n":                                 false,
		"[[bulletin]]\nname = \"a\"\nfile = \"a\"\nmode = \"enforce\"\naction = \"reject\"\n":                              true,
		"[[bulletin]]\nname = \"a\"\nfile = \"a\"\n":                                                                       true,
		drill:                        true,
		drill + "mode = \"exempt\"":  false,
		drill + "mode = \"enforce\"": false,
	} {
		_, problems := Read("f", []byte(file+"\n[reply_guard]\n[[organisation]]\nname = \"o\"\ndomains = [\"a\"]\n"))
		if problems.Failed() {
			t.Errorf("%s", problems)
		}
		if got := strings.Contains(problems.String(), nothing); got != want {
			t.Errorf("%q: %v, wanted %v: %s", file, got, want, problems)
		}
	}
}

// A threshold that weights and caps put out of reach is a warning, and one that words alone reach.
func TestThresholdsOutOfReach(t *testing.T) {
	const inside = "[inside]\ndomains = [\"a.jp\"]\nnetworks = [\"192.0.2.1\"]\n"
	const caps = "caps = { identity = 1, link = 1, attachment = 1, text = 0.5, meta = 0.1 }\n"
	for file, want := range map[string]string{
		"[suspicion]\nreject = 100":                             "no message reaches it",
		"[suspicion]\n" + caps + "caution = 2.5\nwarning = 5.2": "suspicion.warning: no message reaches it: by weights and caps the highest score is 5.1",
		"[suspicion]\n" + caps + "caution = 2.5\nwarning = 5.1": "",
		"[suspicion]\ncaps.trust = 1\nweights.in_thread = -1":   "",
		"[suspicion]\ncaps.trust = 1\nweights.in_thread = -1.1": "-1.1 is cut to 1, the cap of trust",
		"[suspicion]\n" + caps + "caution = 2.5\nwarning = 2.5": "",
		"[suspicion]\ncaution = 3":                              "words alone reach it",
		"[suspicion]\ncaution = 3.1":                            "",
		"[suspicion]\n" + caps + "caution = 0.5\nwarning = 1":   "words alone reach it",
	} {
		p, problems := Read("f", []byte(inside+file))
		if p == nil {
			t.Errorf("%s", problems)
		} else if got := problems.String(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %s, wanted %q", file, got, want)
		}
	}
}

// Every setting is for indicators that exist, and is told when they are switched off.
func TestSettingsOfIndicatorsThatAreOff(t *testing.T) {
	values := map[string]string{"learning": "learning = \"1d\"", "keep_sent": "keep_sent = \"1d\"",
		"lists.people_file": "lists.people_file = \"a\"", "lists.partners": "lists.partners = [\"a.example\"]", "lists.trusted_lists": "lists.trusted_lists = [\"a\"]",
		"lists.signers": "lists.signers = [\"a.example\"]", "lists.smime_anchors": "lists.smime_anchors = \"a\""}
	for setting, names := range uses() {
		file := "[suspicion]\n" + values[setting] + "\n"
		if setting == "person" {
			file = "[suspicion]\n[[suspicion.person]]\nnames = [\"ab\"]\n"
		}
		for i, name := range names {
			if !slices.Contains(suspicion.Names(), name) {
				t.Errorf("%s is for %s, which is no indicator", setting, name)
			}
			file += "[suspicion.weights]\n"[min(i, 1)*len("[suspicion.weights]\n"):] + name + " = 0\n"
			_, problems := Read("f", []byte(file))
			if got, want := strings.Contains(problems.String(), "it has no effect"), i == len(names)-1; got != want || problems.Failed() {
				t.Errorf("%q: %s", file, problems)
			}
		}
	}
}

// A weight of an indicator that speaks for the sender is below 0, that of every other one above.
func TestSignsOfWeights(t *testing.T) {
	for _, i := range suspicion.Indicators() {
		for weight, negative := range map[string]bool{"1": false, "-1": true, "0": i.Family == policy.FamilyTrust} {
			_, problems := Read("f", []byte("[suspicion.weights]\n"+i.Name+" = "+weight))
			if problems.Failed() != (negative != (i.Family == policy.FamilyTrust)) {
				t.Errorf("%s = %s: %s", i.Name, weight, problems)
			}
		}
	}
}
