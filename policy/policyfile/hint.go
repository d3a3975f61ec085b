package policyfile

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// unknown reports a key that its section does not have, with the best guess of what was meant.
func (d *document) unknown(section, rel string, n *node, shape outline) {
	if near := nearest(n.path, shape.below(section)); near != "" && (n.kind == kindTable || n.kind == kindSections) {
		d.report(n.keyAt, n.path, "unknown section; did you mean %s?", header(near))
		return
	}
	possible := shape[section]
	lower := strings.ReplaceAll(strings.ToLower(rel), "-", "_")
	if lower != rel && slices.Contains(possible, lower) {
		d.report(n.keyAt, n.path, "unknown key; keys are written in lower case with _: %s", lower)
		return
	}
	if part, _, dotted := strings.Cut(lower, "."); dotted || n.kind != kindTable {
		var below []string
		for _, k := range possible {
			if strings.HasPrefix(k, part+".") {
				below = append(below, k)
			}
		}
		if len(below) > 0 {
			possible = below
		}
	}
	if near := nearest(lower, possible); near != "" {
		d.report(n.keyAt, n.path, "unknown key; did you mean %s?", near)
		return
	}
	var longer []string
	for _, k := range possible {
		if len(lower) > 2 && strings.HasPrefix(k, lower) && !strings.HasPrefix(k, lower+".") {
			longer = append(longer, k)
		}
	}
	if len(longer) > 0 && len(longer) < 4 {
		d.report(n.keyAt, n.path, "unknown key; did you mean %s?", strings.Join(longer, " or "))
		return
	}
	if homes := shape.homes(rel); homes != "" {
		d.report(n.keyAt, n.path, "unknown key in %s; %s belongs in %s, and a section lasts until the next header",
			header(section), rel, homes)
		return
	}
	if section == "suspicion.weights" {
		d.report(n.keyAt, n.path, "no indicator has this name; docs/indicators.md lists them")
		return
	}
	d.report(n.keyAt, n.path, "unknown key; %s has %s", header(section), brief(possible))
}

// brief lists keys; of more than ten, dotted ones are named once, by their first part.
func brief(keys []string) string {
	if len(keys) <= 10 {
		return strings.Join(keys, ", ")
	}
	var short []string
	for _, k := range keys {
		if part, _, dotted := strings.Cut(k, "."); dotted {
			k = part + ".…"
		}
		if !slices.Contains(short, k) {
			short = append(short, k)
		}
	}
	return strings.Join(short, ", ")
}

// homes names the sections that have a key, the shortest first, and at most three of them; "" where none has it.
func (o outline) homes(key string) string {
	var homes []string
	for section, keys := range o {
		if slices.Contains(keys, key) {
			homes = append(homes, header(section))
		}
	}
	slices.SortFunc(homes, func(a, b string) int {
		return cmp.Or(strings.Count(a, ".")-strings.Count(b, "."), strings.Compare(a, b))
	})
	more := ""
	if len(homes) > 3 {
		homes, more = homes[:3], " or others"
	}
	return strings.Join(homes, " or ") + more
}

// below returns the sections that belong to one.
func (o outline) below(section string) []string {
	var below []string
	for s := range o {
		if strings.HasPrefix(s, section+".") {
			below = append(below, s)
		}
	}
	slices.Sort(below)
	return below
}

// unknownSection reports a section that does not exist, once, whatever is in it.
func (d *document) unknownSection(n *node, shape outline) {
	all := slices.Sorted(maps.Keys(shape))
	lower := strings.ToLower(n.name)
	var meant []string
	for _, s := range all {
		if s == lower || strings.HasSuffix(s, "."+lower) {
			meant = append(meant, header(s))
		}
	}
	if meant != nil {
		d.report(n.at, n.path, "unknown section; write %s", strings.Join(meant, " or "))
		return
	}
	if near := nearest(lower, all); near != "" {
		d.report(n.at, n.path, "unknown section; did you mean %s?", header(near))
		return
	}
	all = slices.DeleteFunc(all, func(s string) bool { return strings.Contains(s, ".") })
	for i, s := range all {
		all[i] = header(s)
	}
	d.report(n.at, n.path, "unknown section; possible: %s", strings.Join(all, ", "))
}

// nearest returns the word that is at most a third of its letters away from s, or "".
func nearest(s string, words []string) string {
	best, distance := "", 0
	for _, w := range words {
		if len(s) > 2*len(w) || len(w) > 2*len(s) {
			continue
		}
		if k := edits(s, w); k <= max(1, len(w)/3) && (best == "" || k < distance) {
			best, distance = w, k
		}
	}
	return best
}

// edits counts the octets to insert, delete, change or swap with their neighbour to get from a to b.
func edits(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
