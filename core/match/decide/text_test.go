package decide

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/flow"
)

// told is an explanation as a terminal shows it: the headline, then each line, a "!"
// before what came nearest.
func told(text Text) string {
	said := []string{text.Headline()}
	for _, line := range text.Lines() {
		mark := " "
		if line.Miss {
			mark = "!"
		}
		said = append(said, mark+strings.Repeat("  ", line.Depth)+line.Text)
	}
	return strings.Join(said, "\n")
}

func TestExplanationsInWords(t *testing.T) {
	numbered := func(i int) string { return fmt.Sprintf("%d.dcm", i+1) }
	excluding := compile(t, flow.ExcludeFlow, "Modality: CT; SeriesDescription: Head|Neck, Contrast, ~Scout")
	vetoed := Match(compile(t, flow.ExcludeFlow, "Modality: CT", "Modality: MR; SeriesDescription: ~FLAIR"),
		objects("Modality=CT", "Modality=MR SeriesDescription=T2_FLAIR"))
	unread := Match(compile(t, flow.ExcludeFlow, "Modality: CT; Rows: 5"),
		[]Object{{Header: Texts{"Modality": {"CT"}}, Fault: "byte 12: bad"}})
	for name, test := range map[string]struct {
		text  Text
		short string
		want  string
	}{
		"matched": {Text{Result: Match(compile(t, "", "Modality: CT"), objects("Modality=CT", "Modality=MR"))}, "", "" +
			"matched, 1 of 2 objects\n" +
			" trigger 1 selects 1 of 2 objects\n" +
			"   Modality is in 2 of 2 objects: `CT` (1), `MR` (1)\n" +
			"     `CT`                   found in 1, leaves 1"},
		"none of several values": {Text{Result: Match(excluding, objects("Modality=CT SeriesDescription=Neck", "Modality=CT SeriesDescription=Head")), File: numbered},
			"SeriesDescription was `Neck`; `Contrast` matches none of 2 values (3 of 4 patterns fit)", "" +
				"no match\n" +
				" trigger 1 selects 0 of 2 objects\n" +
				"   Modality is in 2 of 2 objects: `CT` (2)\n" +
				"     `CT`                   found in 2, leaves 2\n" +
				"   SeriesDescription is in 2 of 2 objects: `Head` (1), `Neck` (1)\n" +
				"     `Head|Neck`            found in 2, leaves 2\n" +
				"     `Contrast`             found in 0, leaves 0\n" +
				"     `~Scout`               found in 0, leaves 0\n" +
				"!  nearest miss (1.dcm): SeriesDescription was `Neck`; `Contrast` matches none of 2 values (3 of 4 patterns fit)"},
		"a tag that is missing": {Text{Result: Match(excluding, objects("Modality=CT"))},
			"the object has no SeriesDescription, and `Head|Neck` wants one (2 of 4 patterns fit)", "" +
				"no match\n" +
				" trigger 1 selects 0 of 1 object\n" +
				"   Modality is in 1 of 1 object: `CT` (1)\n" +
				"     `CT`                   found in 1, leaves 1\n" +
				"   SeriesDescription is in no object\n" +
				"     `Head|Neck`            found in 0, leaves 0\n" +
				"     `Contrast`             found in 0, leaves 0\n" +
				"     `~Scout`               found in 0, leaves 0\n" +
				"!  nearest miss: the object has no SeriesDescription, and `Head|Neck` wants one (2 of 4 patterns fit)"},
		"vetoed": {Text{Result: vetoed, File: numbered}, "SeriesDescription was `T2 FLAIR`; `~FLAIR` excludes it", "" +
			"vetoed\n" +
			" trigger 1 selects 1 of 2 objects\n" +
			"   Modality is in 2 of 2 objects: `CT` (1), `MR` (1)\n" +
			"     `CT`                   found in 1, leaves 1\n" +
			" trigger 2 selects 0 of 2 objects, and excludes 1\n" +
			"   Modality is in 2 of 2 objects: `CT` (1), `MR` (1)\n" +
			"     `MR`                   found in 1, leaves 1\n" +
			"   SeriesDescription is in 1 of 2 objects: `T2 FLAIR` (1)\n" +
			"     `~FLAIR`               found in 1, leaves 0\n" +
			"!  nearest miss (1.dcm): Modality was `CT`; `MR` does not match it, but those of 1 other object (1 of 2 patterns fit)\n" +
			"!vetoed by trigger 2 (2.dcm): SeriesDescription was `T2 FLAIR`; `~FLAIR` excludes it"},
		"not read to its end": {Text{Result: unread},
			"the object has no Rows as far as it could be read, and `5` wants one (1 of 2 patterns fit)", "" +
				"no match\n" +
				" the header of 1 object could not be read to its end, and what follows is missing: byte 12: bad\n" +
				" trigger 1 selects 0 of 1 object\n" +
				"   Modality is in 1 of 1 object: `CT` (1)\n" +
				"     `CT`                   found in 1, leaves 1\n" +
				"   Rows is in no object as far as they could be read\n" +
				"     `5`                    found in 0, leaves 0\n" +
				"!  nearest miss: the object has no Rows as far as it could be read, and `5` wants one (1 of 2 patterns fit)"},
		"started by hand":         {Text{Result: Match(compile(t, ""), objects("Modality=CT"))}, "", "no match\n no triggers: it is only started by hand"},
		"another completion rule": {Text{Result: &Result{Verdict: OtherRule}}, "", "other rule\n it is matched against arrivals that complete by its own rule; this one did by another"},
		"a line break and a backquote": {Text{Result: Match(compile(t, "", "Modality: CT"), []Object{{Header: header{"Modality": "C\n`T"}}})},
			"Modality was \"C\\n`T\"; `CT` does not match it", "" +
				"no match\n" +
				" trigger 1 selects 0 of 1 object\n" +
				"   Modality is in 1 of 1 object: \"C\\n`T\" (1)\n" +
				"     `CT`                   found in 0, leaves 0\n" +
				"!  nearest miss: Modality was \"C\\n`T\"; `CT` does not match it"},
	} {
		t.Run(name, func(t *testing.T) {
			if short := test.text.Short(); short != test.short {
				t.Errorf("in short: %s\nwant: %s", short, test.short)
			}
			if got := told(test.text); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
