package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// Way is how the mounts of a task are done.
type Way uint8

// The ways. All but the first are for engines that see the agent's folders.
const (
	Streamed Way = iota // the engine does it: Create, Prepare and Settle
	Copied              // inputs are copied on this host, the rest is bound
	// inputs are the lower layers of overlays, of which the engine can be told no
	// options but the folders: for a user who is not root inputs are copied
	Plain
	Layered // the same, with all of [Mount.OverlayOptions], for every user
	// the same, and at its end nothing waits until the disk has what the
	// container wrote into its inputs
	Volatile
)

// Mount is one mount of a container: a folder of this host, or an overlay over
// it.
type Mount struct {
	Source, Target string
	ReadOnly       bool
	// Upper and Work are set of an overlay, whose lower layer is Source.
	Upper, Work string
	Volatile    bool // of an overlay: it need not be synced
	// Metacopy says of an overlay that Upper has files whose content is still in
	// Source.
	Metacopy bool
}

// transfer is a folder whose content is copied into another one.
type transfer struct{ From, To string }

// laid is what is made of a task's mounts.
type laid struct {
	mounts  []Mount
	copies  []transfer
	folders []string // to be made beforehand, open to every user of the container
}

func (e *Executor) way(ctx context.Context, task *sdk.Task) Way {
	best := Copied
	if engine, ok := e.engine.(Mounter); ok {
		best = engine.Way(ctx, task)
	}
	if best < Plain {
		return best
	}
	return min(best, e.overlays.way(task.WorkDir))
}

// waysOf says for people how mounts are done.
func (e *Executor) waysOf(ctx context.Context) string {
	switch e.way(ctx, &sdk.Task{WorkDir: e.site.WorkDir}) {
	case Streamed:
		return "copied by the engine"
	case Copied:
		return "bind, inputs copied"
	}
	return "overlay and bind"
}

// checkMounts says what is wrong with a task's mounts.
func (e *Executor) checkMounts(ctx context.Context, task *sdk.Task) sdk.Diagnostics {
	var found sdk.Diagnostics
	homeless := task.WorkDir == "" && e.way(ctx, task) != Streamed
	for i, m := range task.Mounts {
		_, complaint := mounting.Check(task.Mounts, i, e.site.Roots)
		if complaint == nil && homeless && (m.Role == sdk.Input || m.Role == sdk.Scratch) {
			complaint = &sdk.Diagnostic{Path: mounting.Path(m), Summary: fmt.Sprintf("the mount %q needs a folder of the attempt's own", m.Name)}
		}
		if complaint != nil {
			found = append(found, *complaint)
		}
	}
	return found
}

// resolved is a task whose mounts have sources without symlinks.
func (e *Executor) resolved(task *sdk.Task) (*sdk.Task, error) {
	out := *task
	out.Mounts = slices.Clone(task.Mounts)
	for i := range out.Mounts {
		source, complaint := mounting.Check(task.Mounts, i, e.site.Roots)
		if complaint != nil {
			return nil, sdk.Diagnostics{*complaint}.Err()
		}
		out.Mounts[i].Source = source
	}
	return &out, nil
}

// lay decides for each mount of a task how it is done. It has no effects.
func lay(task *sdk.Task, way Way) laid {
	var out laid
	if way == Streamed {
		return out
	}
	for i, m := range task.Mounts {
		own := filepath.Join(task.WorkDir, fmt.Sprintf("%s-%d", m.Role, i))
		switch m.Role {
		case sdk.Input:
			out.input(own, m.Source, m.Target, way)
		case sdk.Output:
			out.bind(m.Source, m.Target)
		case sdk.Static:
			out.mounts = append(out.mounts, Mount{Source: m.Source, Target: m.Target, ReadOnly: true})
		case sdk.Scratch:
			out.bind(own, m.Target)
		}
	}
	depth := func(m Mount) int { return strings.Count(filepath.Clean(m.Target), "/") }
	// the outer one first
	slices.SortStableFunc(out.mounts, func(a, b Mount) int { return depth(a) - depth(b) })
	return out
}

// input makes a private, writable view of a folder: an overlay, which the engine
// mounts for the container alone, or else a copy.
func (l *laid) input(own, source, target string, way Way) {
	if way < Plain || !mounting.FitsOverlay(own) || !mounting.FitsOverlay(source) {
		folder := filepath.Join(own, "copy")
		l.bind(folder, target)
		l.copies = append(l.copies, transfer{source, folder})
		return
	}
	m := Mount{Source: source, Target: target, Upper: filepath.Join(own, "upper"), Work: filepath.Join(own, "work"), Volatile: way == Volatile}
	l.folders = append(l.folders, m.Upper, m.Work)
	l.mounts = append(l.mounts, m)
}

// bind mounts a folder that the container may write to.
func (l *laid) bind(source, target string) {
	l.mounts = append(l.mounts, Mount{Source: source, Target: target})
	l.folders = append(l.folders, source)
}
