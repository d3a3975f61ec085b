package archive

import (
	"bytes"
	"compress/flate"
	"encoding/xml"
	"io"
	"strings"
)

// relation is a relationship part of an Office file (ECMA-376-2, 9), as stored.
type relation struct {
	from   int64
	want   int64
	method uint16
	data   []byte
}

// relation begins to keep the data of a relationship part.
func (z *zipReader) relation(r *zipRecord) {
	if len(z.parts) >= z.x.limits.Relations {
		z.x.stop(LimitRelations)
		return
	}
	if r.method != 0 && r.method != 8 || r.flags&zipEncrypted != 0 {
		return
	}
	want := int64(z.x.limits.Packed)
	switch {
	case r.flags&zipDescriptor != 0:
	case r.packed <= uint64(want):
		want = int64(r.packed)
	default:
		z.x.stop(LimitRelations)
	}
	z.parts = append(z.parts, relation{from: r.data, want: want, method: r.method})
}

// capture keeps what b, which begins at z.base, holds of relationship parts, and hands on what it holds of another part.
func (z *zipReader) capture(b []byte) {
	z.feedPart(b)
	for i := range z.parts {
		p := &z.parts[i]
		from := p.from + int64(len(p.data)) - z.base
		left := p.want - int64(len(p.data))
		if left <= 0 || from < 0 || from >= int64(len(b)) {
			continue
		}
		n := int(min(int64(len(b))-from, left))
		if room := z.x.limits.Together - z.partOctets; n > room {
			z.x.stop(LimitRelations)
			n = max(0, room)
		}
		p.data = append(p.data, b[from:int(from)+n]...)
		z.partOctets += n
	}
}

// relations reads the relationship parts for what is outside of the file.
func (z *zipReader) relations() {
	if z.x.l.Content != ContentOOXML {
		return
	}
	var inflate io.ReadCloser
	for i := range z.parts {
		p := &z.parts[i]
		most := min(z.x.limits.Expanded, z.x.limits.Together-z.x.grown)
		if most <= 0 {
			z.x.stop(LimitRelations)
			return
		}
		text := p.data
		if p.method != 0 {
			in := bytes.NewReader(p.data)
			if inflate == nil {
				inflate = flate.NewReader(in)
			} else {
				_ = inflate.(flate.Resetter).Reset(in, nil) // which never fails
			}
			// what is damaged is read as far as it goes
			text, _ = io.ReadAll(io.LimitReader(inflate, int64(most)+1))
		}
		if len(text) > most {
			text = text[:most]
			z.x.stop(LimitRelations)
		}
		z.x.grown += len(text)
		z.external(text)
	}
}

// external finds the relationships that point out of the file.
func (z *zipReader) external(text []byte) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := d.RawToken()
		if err != nil {
			return
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "Relationship" {
			continue
		}
		var e External
		outside := false
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "TargetMode":
				outside = strings.EqualFold(a.Value, "External")
			case "Target":
				e.Target = strings.Clone(a.Value[:min(len(a.Value), MaxName)])
			case "Type":
				kind := a.Value[strings.LastIndexByte(a.Value, '/')+1:]
				e.Type = strings.Clone(kind[:min(len(kind), MaxName)])
			}
		}
		switch strings.ToLower(e.Type) { // a part can have any name
		case "vbaproject":
			z.x.l.Macros = true
		case "xlmacrosheet", "xlintlmacrosheet":
			z.x.l.MacroSheet = true
		}
		if !outside {
			continue
		}
		if e.Type == "hyperlink" && len(z.x.l.External) >= z.x.limits.External/2 {
			continue // a document can have hundreds, which are not to crowd out what is fetched without a click
		}
		if len(z.x.l.External) >= z.x.limits.External {
			z.x.stop(LimitRelations)
			return
		}
		if !z.x.room(&z.x.names, len(e.Target)+len(e.Type)) {
			return
		}
		z.x.l.External = append(z.x.l.External, e)
	}
}
