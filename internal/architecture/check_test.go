package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the path of this module.
const module = "sekimori"

// check reads every Go file of a tree and returns its breaches, each with its place.
func check(tree fs.FS) ([]string, error) {
	var breaches []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if base := d.Name(); base == "testdata" || base != "." && strings.HasPrefix(base, ".") {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		found, err := checkFile(name, text)
		breaches = append(breaches, found...)
		return err
	})
	return breaches, err
}

// checkFile reads one file.
func checkFile(name string, text []byte) ([]string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	dir := path.Dir(name)
	var breaches []string
	breach := func(at token.Pos, format string, args ...any) {
		breaches = append(breaches, fmt.Sprintf("%s: %s", fset.Position(at), fmt.Sprintf(format, args...)))
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if why := forbidden(dir, imported); why != "" {
			breach(spec.Pos(), "%s imports %s: %s", dir, imported, why)
		}
		if spec.Name != nil && spec.Name.Name == "." && imported == "time" && within(dir, pure) {
			breach(spec.Pos(), "%s imports time with a dot: its clock cannot be told from the rest", dir)
		}
	}
	if within(dir, pure) {
		clocks(file, func(at token.Pos, name string) { breach(at, "%s looks at the clock: time.%s", dir, name) })
	}
	return breaches, nil
}

// forbidden returns why a package in dir must not import another, "" when it may.
func forbidden(dir, imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case imported == module || strings.HasPrefix(imported, module+"/"):
		r := roomOf(dir)
		target := strings.TrimPrefix(imported, module+"/")
		switch {
		case r == nil:
			return "no room is stated for the importer"
		case !slices.ContainsFunc(r.imports, func(allowed string) bool { return fits(target, allowed) }):
			return fmt.Sprintf("%s may import %s", r.dir, strings.Join(r.imports, ", "))
		case dir == pure:
			return "it imports nothing but the standard library"
		}
	case strings.Contains(first, "."):
		d := dependencyOf(imported)
		if dir == pure {
			return "it imports nothing but the standard library"
		}
		if d == nil {
			return "the dependency is not in the table"
		}
		if !slices.ContainsFunc(d.rooms, func(allowed string) bool { return within(dir, allowed) }) {
			return "only " + strings.Join(d.rooms, " and ") + " may"
		}
	case within(dir, pure) && slices.ContainsFunc(impureImports(), func(p string) bool { return within(imported, p) }) &&
		!slices.Contains(pureExceptions(), imported):
		return pure + " reads no clock, file or socket and draws no numbers"
	}
	return ""
}

// fits reports whether a package is one that a rule lets be imported: =name is that package alone.
func fits(target, allowed string) bool {
	if exact, ok := strings.CutPrefix(allowed, "="); ok {
		return target == exact
	}
	return within(target, allowed)
}

// within reports whether a path is dir or lies below it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

func roomOf(dir string) *room {
	var found *room
	for _, r := range rooms() {
		if within(dir, r.dir) && (found == nil || len(r.dir) > len(found.dir)) {
			found = &r
		}
	}
	return found
}

func dependencyOf(imported string) *dependency {
	var found *dependency
	for _, d := range dependencies() {
		if within(imported, d.path) && (found == nil || len(d.path) > len(found.path)) {
			found = &d
		}
	}
	return found
}

// clocks reports each use of a name of package time that looks at the clock, under whatever name it is imported.
func clocks(file *ast.File, report func(token.Pos, string)) {
	local := ""
	for _, spec := range file.Imports {
		if spec.Path.Value == `"time"` {
			local = "time"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(impureTime(), sel.Sel.Name) {
			report(sel.Pos(), sel.Sel.Name)
		}
		return true
	})
}
