package flowfile

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

func (d *decoder) complete(n *lang.Node) *flow.Complete {
	if n.Kind != lang.Map {
		d.WrongType(n, "complete", "a map, such as {on: study, idle: 5m}")
		return nil
	}
	c := &flow.Complete{On: flow.OnAssociation}
	known := d.completeKeys(c)
	d.keys(n, known, d.unknown(known, "complete"))
	return c
}

func (d *decoder) completeKeys(c *flow.Complete) []key {
	return []key{
		{"on", aWord(flow.OnAssociation, flow.OnSeries, flow.OnStudy), "association", "What an arrival is: what one association brought, or all objects of one Series or Study Instance UID, from however many associations and senders.",
			func(v *lang.Node) { d.text(v, "on", &c.On) }},
		{"idle", aDuration(), "60s for a series, 5m for a study", "It is complete when no object came for so long, and no association is open that has sent to it.",
			func(v *lang.Node) { c.Idle, _ = d.Duration(v, "idle") }},
		{"max_wait", aDuration(), "1h", "So long after its first object it is complete whatever is missing; the arrival then says what was.",
			func(v *lang.Node) { c.MaxWait, _ = d.Duration(v, "max_wait") }},
		{"expect", kind{"list of triggers", listOf(schemaRef("trigger"))}, "none", "Each of these must have an object before idle counts, such as [{Modality: ^CT$}, {Modality: ^RTSTRUCT$}].",
			func(v *lang.Node) { c.Expect = d.triggers(v, "expect") }},
		{"late", aWord(string(flow.LateRerun), string(flow.LateHold), string(flow.LateIgnore)), "rerun", "What follows when other objects come after it was complete. rerun: a new revision of the arrival with all objects so far is matched anew; hold: that revision waits for an operator; ignore: they are stored, and nothing follows.",
			func(v *lang.Node) { d.text(v, "late", (*string)(&c.Late)) }},
		{"late_window", aDuration(), "24h", "So long after the completion objects count as late. What comes afterwards is a new arrival.",
			func(v *lang.Node) { c.LateWindow, _ = d.Duration(v, "late_window") }},
	}
}

// Expect reads a list of triggers that stands in another file than a flow's.
func Expect(n *lang.Node) ([]flow.Trigger, lang.Diagnostics) {
	d := &decoder{}
	triggers := d.triggers(n, "expect")
	return triggers, d.Diagnostics
}

// listHint says how a list of triggers is written.
var listHint = map[string]string{"triggers": "begin each trigger with -", "expect": "write triggers in brackets, such as [{Modality: CT}]"}

func (d *decoder) triggers(n *lang.Node, what string) []flow.Trigger {
	if !d.list(n, what, listHint[what]) {
		return nil
	}
	all := make([]flow.Trigger, len(n.Items))
	for i, item := range n.Items {
		if item.Kind != lang.Map {
			d.WrongType(item, fmt.Sprintf("trigger %d", i), "a map of tags to patterns, such as Modality: CT")
			continue
		}
		for _, p := range item.Pairs {
			if strings.HasPrefix(p.Key, ignoredPrefix) { // no tag begins so
				continue
			}
			if p.Value.Kind == lang.Null && !p.Value.Broken {
				d.Errorf(p.At, "add a pattern, such as CT; ~ alone is nothing in YAML and needs quotes", "%s has no pattern", p.Key)
				continue
			}
			patterns, _ := d.Texts(p.Value, "the pattern of "+p.Key)
			all[i].Tags = append(all[i].Tags, flow.TagPatterns{Tag: p.Key, Patterns: patterns})
		}
	}
	return all
}

// rule is the map of a rule: the reverse of complete.
func rule(c *flow.Complete) *lang.Node {
	m := &mapping{}
	m.set("on", text(c.On))
	m.duration("idle", c.Idle)
	m.duration("max_wait", c.MaxWait)
	list(m, "expect", c.Expect, trigger)
	m.text("late", string(c.Late))
	m.duration("late_window", c.LateWindow)
	return m.node()
}
