package containerd

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// laid is a task's mounts, turned into the runtime's.
type laid struct {
	mounts  []specs.Mount
	in      []transfer
	folders []string // to be made beforehand, open to every user of the container
}

// mounts decides for each mount how it is done. It has no effects.
func (e *Executor) mounts(task *sdk.Task, as way) (laid, sdk.Diagnostics) {
	var out laid
	var found sdk.Diagnostics
	for i, m := range task.Mounts {
		source, complaint := mounting.Check(task.Mounts, i, e.site.Roots)
		if complaint == nil && task.WorkDir == "" && (m.Role == sdk.Input || m.Role == sdk.Scratch) {
			complaint = &sdk.Diagnostic{Path: mounting.Path(m), Summary: fmt.Sprintf("the mount %q needs a folder of the attempt's own", m.Name)}
		}
		if complaint != nil {
			found = append(found, *complaint)
			continue
		}
		own := filepath.Join(task.WorkDir, fmt.Sprintf("%s-%d", m.Role, i))
		switch m.Role {
		case sdk.Input:
			out.input(own, m, source, as)
		case sdk.Output:
			out.bind(source, m.Target, "rw")
			out.folders = append(out.folders, source)
		case sdk.Static:
			out.bind(source, m.Target, "ro")
		case sdk.Scratch:
			out.bind(own, m.Target, "rw")
			out.folders = append(out.folders, own)
		}
	}
	depth := func(m specs.Mount) int { return strings.Count(filepath.Clean(m.Destination), "/") }
	// the outer one first
	slices.SortStableFunc(out.mounts, func(a, b specs.Mount) int { return depth(a) - depth(b) })
	return out, found
}

// input makes a private, writable view of a folder: an overlay, which the
// runtime mounts for the container alone, or else a copy.
func (l *laid) input(own string, m sdk.Mount, source string, as way) {
	if as == copied || !mounting.FitsOverlay(own) || !mounting.FitsOverlay(source) {
		folder := filepath.Join(own, "copy")
		l.bind(folder, m.Target, "rw")
		l.folders = append(l.folders, folder)
		l.in = append(l.in, transfer{source, folder})
		return
	}
	upper, work := filepath.Join(own, "upper"), filepath.Join(own, "work")
	l.folders = append(l.folders, upper, work)
	l.mounts = append(l.mounts, specs.Mount{Type: "overlay", Source: "overlay", Destination: m.Target,
		Options: overlayOptions(source, upper, work, as)})
}

func (l *laid) bind(source, target, mode string) {
	l.mounts = append(l.mounts, specs.Mount{Type: "bind", Source: source, Destination: target, Options: []string{"rbind", "rprivate", mode}})
}
