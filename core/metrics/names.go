package metrics

import (
	"sync"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
)

// other is the label of what has no label of its own.
const other = "other"

const (
	mostFlows  = 300
	mostModels = 300 // pairs of flow and model
	mostBlocks = 100 // notify blocks
)

// names bounds the values of a label: the first that come have one each, and
// those after that are counted together.
type names struct {
	most int

	mu    sync.Mutex
	known map[string]bool
}

// bounded is the label of a name.
func (n *names) bounded(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.known[name]:
	case len(n.known) >= n.most:
		return other
	case n.known == nil:
		n.known = map[string]bool{name: true}
	default:
		n.known[name] = true
	}
	return name
}

// model are the labels of a model of a flow.
func (c *Counters) model(of schedule.Model) (flow, model string) {
	if c.models.bounded(of.Flow+"\x00"+of.Name) == other {
		return other, other
	}
	return of.Flow, of.Name
}

// peer is the label of a sender: the name that the site gives it.
func (c *Counters) peer(sender run.Sender) string {
	if name := access.NameOf(c.peers(), sender); name != "" {
		return name
	}
	return other
}

// destination is the label of a destination: its name, while the site has it.
func (c *Counters) destination(name string) string {
	if _, known := c.destinations().Named(name); known && name != "" {
		return name
	}
	return other
}
