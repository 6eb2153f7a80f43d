package flowfile

import (
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// WriteJSON returns a flow as JSON, in the words of a flow file and with its
// defaults. Durations are texts such as "30m". [ReadJSON] makes an equal flow of it.
func WriteJSON(f *flow.Flow) []byte {
	n := describeWhole(f)
	rule := n.Get("complete")
	for _, word := range []string{"idle", "max_wait", "late_window"} {
		withUnit(rule.Get(word))
	}
	for _, m := range n.Get("models").Items {
		withUnit(m.Get("timeout"))
	}
	return lang.WriteJSON(n)
}

// withUnit makes a text of a duration that is a number of seconds.
func withUnit(n *lang.Node) {
	if n != nil && n.Plain {
		n.Text, n.Plain = n.Text+"s", false
	}
}

// ReadJSON reads a flow that [WriteJSON] wrote. It is not checked: it was in force.
func ReadJSON(text []byte) (*flow.Flow, error) {
	root, err := lang.ReadJSON(text)
	if err != nil {
		return nil, fmt.Errorf("read flow: %w", err)
	}
	d := &decoder{options: Options{Allowed: AnyDockerWord}}
	f := d.flow(root, "")
	for _, one := range d.Diagnostics {
		if one.Severity == lang.Error {
			return nil, fmt.Errorf("read flow: %w; it may be of a newer version", errors.New(one.Summary))
		}
	}
	return f, nil
}
