package launch

import (
	"fmt"
	"slices"
	"strings"
)

// laid is a mount as the container sees it: a plain bind of a folder.
type laid struct {
	source   string // one word of bash
	target   string
	readOnly bool
}

// binds are the mounts of a container, those above before those below. Private
// ones come from their copies.
func (c *Container) binds() []laid {
	var all []laid
	for i, m := range c.Mounts {
		source := m.Source
		if m.Private {
			source = private(i)
		}
		all = append(all, laid{source, m.Target, m.ReadOnly && !m.Private})
	}
	slices.SortStableFunc(all, func(a, b laid) int { return strings.Compare(a.target, b.target) })
	return all
}

// private is where the copy of a mount lies on the node.
func private(i int) string { return fmt.Sprintf(`"$RADDEPLOY_SCRATCH/private/%d"`, i) }

// copies is bash that copies the private mounts to the node's scratch. The copy
// belongs to whoever the job runs as and may be changed, whatever the
// original's mode says.
func (c *Container) copies() string {
	var text []string
	for i, m := range c.Mounts {
		if m.Private {
			text = append(text, fmt.Sprintf(
				"mkdir -p %[2]s && cp -R -L --reflink=auto --no-preserve=mode %[1]s/. %[2]s/ >&2 ||\n"+
					"\tfail \"node $(hostname): the input for %[3]s could not be copied to $RADDEPLOY_SCRATCH: see whether its disk is full\"",
				m.Source, private(i), strings.NewReplacer(`"`, "", "$", "", "`", "", `\`, "").Replace(m.Target)))
		}
	}
	return strings.Join(text, "\n")
}
