package flow

import (
	"strings"
	"testing"
)

// The AE titles of a flow are a condition of each of its triggers, and without
// triggers the only one.
func TestCalledAETitles(t *testing.T) {
	ct := Trigger{Tags: []TagPatterns{{Tag: "Modality", Patterns: []string{"CT"}}}}
	for _, test := range []struct {
		name     string
		triggers []Trigger
		want     int // triggers
	}{{"without triggers", nil, 1}, {"with triggers", []Trigger{ct, ct}, 2}} {
		f := &Flow{Name: "f", Triggers: test.triggers, CalledAETitles: []string{"BRAIN.1", "HEAD"}}
		m, problems := Compile(f)
		if m == nil || len(m.Triggers) != test.want || f.OnlyByHand() {
			t.Fatalf("%s: %+v, %v", test.name, m, problems)
		}
		for _, trigger := range m.Triggers {
			tag := trigger[len(trigger)-1]
			if tag.Sender != CalledAET || len(tag.Patterns) != 1 {
				t.Fatalf("%s: %+v", test.name, tag)
			}
			for title, want := range map[string]bool{"BRAIN.1": true, "HEAD": true, "BRAINX1": false, "HEAD2": false, "": false} {
				if found, _ := tag.Patterns[0].Found(title); found != want {
					t.Errorf("%s: %q is taken: %v, want %v", test.name, title, found, want)
				}
			}
		}
	}
	if _, problems := Compile(&Flow{Name: "f", CalledAETitles: []string{"A title of 17 chr"}}); len(problems) == 0 || !strings.Contains(problems[0].Message, "17 characters") {
		t.Errorf("a title that is too long: %v", problems)
	}
}
