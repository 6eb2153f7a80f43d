package config

import (
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// complete reads when arrivals are complete, from the block of that name in n.
func (d *decoder) complete(n *lang.Node, prefix string, c *flow.Complete) {
	body := section(n, "complete")
	d.settings(body, "complete", prefix+"COMPLETE_", []setting{
		d.oneOf("on", &c.On, flow.OnAssociation, flow.OnSeries, flow.OnStudy),
		d.duration("idle", &c.Idle),
		d.duration("max_wait", &c.MaxWait),
		{name: "expect", read: func(n *lang.Node, what string) {
			triggers, found := flowfile.Expect(n)
			c.Expect = triggers
			d.Diagnostics = append(d.Diagnostics, found...)
		}},
		d.oneOf("late", (*string)(&c.Late), string(flow.LateRerun), string(flow.LateHold), string(flow.LateIgnore)),
		d.duration("late_window", &c.LateWindow),
	})
	if d.HasErrors() {
		return // it may be of what is wrong already
	}
	for _, p := range flow.ValidateComplete(c) {
		at, key, _ := body.Find(p.Path)
		if p.AtKey {
			at = key
		}
		add := d.Errorf
		if p.Warning {
			add = d.Warnf
		}
		add(at, p.Hint, "complete: %s", p.Message)
	}
}
