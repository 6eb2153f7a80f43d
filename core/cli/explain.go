package cli

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/match"
)

// explain prints why a flow would or would not run.
func (b *base) explain(r *match.Result) {
	fmt.Fprintf(b.out, "\n%s: %s", named(r.Flow, r.Version), r.Verdict)
	if r.Verdict == match.Matched {
		fmt.Fprintf(b.out, ", %d of %d objects", r.Count, r.Objects)
	}
	fmt.Fprintln(b.out)
	if len(r.Triggers) == 0 {
		fmt.Fprintln(b.out, "  no triggers: it is only started by hand")
	}
	for i, trigger := range r.Triggers {
		fmt.Fprintf(b.out, "  trigger %d selects %d objects\n", i, trigger.Selected)
		for _, tag := range trigger.Tags {
			b.explainTag(tag, r.Objects)
		}
		if trigger.Miss != nil {
			fmt.Fprintf(b.out, "    nearest miss: %s\n", missText(trigger.Miss))
		}
	}
	if r.Veto != nil {
		fmt.Fprintf(b.out, "  vetoed: %s\n", missText(r.Veto))
	}
}

func (b *base) explainTag(tag match.Tag, objects int) {
	fmt.Fprintf(b.out, "    %s is in %d of %d objects", tag.Tag, tag.Present, objects)
	var values []string
	for _, v := range tag.Values {
		values = append(values, fmt.Sprintf("%q (%d)", v.Text, v.Objects))
	}
	if tag.MoreValues > 0 {
		values = append(values, fmt.Sprintf("%d more", tag.MoreValues))
	}
	if len(values) > 0 {
		fmt.Fprintf(b.out, ": %s", strings.Join(values, ", "))
	}
	fmt.Fprintln(b.out)
	for _, p := range tag.Patterns {
		fmt.Fprintf(b.out, "      %-24q found in %d, leaves %d\n", p.Pattern, p.Found, p.Left)
	}
}

func missText(m *match.Miss) string {
	if m.Missing {
		return fmt.Sprintf("an object satisfies %d of %d patterns; it has no %s for %q", m.Satisfied, m.Patterns, m.Tag, m.Pattern)
	}
	return fmt.Sprintf("an object satisfies %d of %d patterns; its %s is %q, and the pattern is %q", m.Satisfied, m.Patterns, m.Tag, m.Value, m.Pattern)
}
