package containerd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/sdk"
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
		source, complaint := e.source(m)
		if complaint == nil {
			complaint = target(m, task.Mounts[:i])
		}
		if complaint == nil && task.WorkDir == "" && (m.Role == sdk.Input || m.Role == sdk.Scratch) {
			complaint = &sdk.Diagnostic{Path: mountPath(m), Summary: fmt.Sprintf("the mount %q needs a folder of the attempt's own", m.Name)}
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
	slices.SortStableFunc(out.mounts, func(a, b specs.Mount) int { return depth(a) - depth(b) }) // the outer one first
	return out, found
}

// input makes a private, writable view of a folder: an overlay, which the runtime mounts for the container alone, or else a copy.
func (l *laid) input(own string, m sdk.Mount, source string, as way) {
	if as == copied || !plain(own) || !plain(source) {
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

// plain tells whether a path can stand in the options of an overlay, which separate paths by ':' and ','. Three of them
// have to fit into one page of memory.
func plain(path string) bool { return !strings.ContainsAny(path, ":,\\\"\n") && len(path) < 1200 }

// source resolves the symlinks of a mount's source and checks that what is behind them may be mounted.
func (e *Executor) source(m sdk.Mount) (string, *sdk.Diagnostic) {
	if m.Role == sdk.Scratch {
		return "", nil
	}
	refuse := func(detail, format string, args ...any) *sdk.Diagnostic {
		return &sdk.Diagnostic{Path: mountPath(m), Summary: fmt.Sprintf(format, args...), Detail: detail}
	}
	if m.Role < sdk.Input || m.Role > sdk.Scratch {
		return "", refuse("", "mount %q has no role that is known here", m.Name)
	}
	source, err := filepath.EvalSymlinks(m.Source)
	if err != nil || !filepath.IsAbs(m.Source) {
		return "", refuse("the folder must be there before the task starts", "the folder of %q cannot be mounted: %s is not there", m.Name, m.Source)
	}
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		return "", refuse("only folders can be mounted", "the folder of %q cannot be mounted: %s is no folder", m.Name, m.Source)
	}
	inside := func(root string) bool {
		return source == root || strings.HasPrefix(source, strings.TrimSuffix(root, "/")+"/")
	}
	if !slices.ContainsFunc(e.site.Roots, inside) {
		return "", refuse("move the files there, without symlinks that lead elsewhere",
			"the folder of %q may not be mounted: %s is outside the agent's folders", m.Name, source)
	}
	return source, nil
}

// target checks where a mount goes, given the mounts before it.
func target(m sdk.Mount, before []sdk.Mount) *sdk.Diagnostic {
	problem := ""
	switch {
	case !filepath.IsAbs(m.Target) || filepath.Clean(m.Target) != strings.TrimSuffix(m.Target, "/") || strings.ContainsRune(m.Target, 0):
		problem = "is no absolute path of a container"
	case slices.ContainsFunc(before, func(o sdk.Mount) bool { return filepath.Clean(o.Target) == filepath.Clean(m.Target) }):
		problem = "is mounted twice"
	default:
		return nil
	}
	return &sdk.Diagnostic{Path: mountPath(m), Summary: fmt.Sprintf("%q in the container %s", m.Target, problem)}
}

// mountPath leads to the word of the flow that a mount comes from.
func mountPath(m sdk.Mount) []string {
	switch m.Role {
	case sdk.Input:
		return []string{"input_mounts", m.Name}
	case sdk.Output:
		return []string{"output_mounts", m.Name}
	case sdk.Static:
		return []string{"static_mounts", m.Name}
	}
	return []string{"mounts", m.Name}
}

// openFolder makes a folder that the container's user, whoever that is, can write to.
func openFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o777)
}
