package examine

import (
	"slices"
	"testing"

	"sekimori/policy"
)

func TestTag(t *testing.T) {
	const tag, before = "【注意】", " =?UTF-8?B?44CQ5rOo5oSP44CR?="
	change := func(name string, index int, value string) policy.FieldChange {
		return policy.FieldChange{Ref: policy.HeaderRef{Name: name, Index: index}, Value: value}
	}
	tests := []struct {
		name   string
		header policy.Header
		cut    bool
		change []policy.FieldChange
		insert []policy.Field
	}{
		{"one", policy.Header{{Name: "Subject", Value: " x"}}, false, []policy.FieldChange{change("Subject", 1, before+" x")}, nil},
		{"several", policy.Header{{Name: "Subject", Value: " x"}, {Name: "X", Value: " y"}, {Name: "SUBJECT", Value: " z"}}, false,
			[]policy.FieldChange{change("Subject", 1, before+" x"), change("SUBJECT", 2, before+" z")}, nil},
		{"none", policy.Header{{Name: "X", Value: " y"}}, false, nil, []policy.Field{{Name: "Subject", Value: before}}},
		{"tagged already", policy.Header{{Name: "Subject", Value: before + " x"}}, false, nil, nil},
		{"over the limit", policy.Header{{Name: "Subject"}}, true, nil, nil},
		{"empty", policy.Header{{Name: "Subject"}}, false, []policy.FieldChange{change("Subject", 1, before)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := &Examination{e: &Examiner{}, m: &policy.Message{Header: tt.header, HeaderCut: tt.cut}}
			for _, mode := range []policy.Mode{policy.ModeEnforce, policy.ModeObserve} {
				d := policy.Decision{Verdicts: []policy.Verdict{{Rule: policy.RuleSpoof}, {Rule: policy.RuleSuspicion, Mode: mode, TagSubject: tag}}}
				x.tag(&d)
				v, e := d.Verdicts[1], d.Effect()
				if !slices.Equal(v.Change, tt.change) || !slices.Equal(v.Insert, tt.insert) {
					t.Errorf("changes %+v, inserts %+v", v.Change, v.Insert)
				}
				if reaches := len(e.Change)+len(e.Insert) > 0; reaches != (mode == policy.ModeEnforce && len(tt.change)+len(tt.insert) > 0) {
					t.Errorf("%s: %+v %+v", mode, e.Change, e.Insert)
				}
			}
		})
	}
}
