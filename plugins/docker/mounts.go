package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// ways says how files get into a container and out of it.
type ways struct {
	shared  bool // the engine sees the agent's folders: bind mounts
	overlay bool // and can mount overlays whose upper layer is in them
}

// laid is a task's mounts, turned into the engine's.
type laid struct {
	mounts  []engine.Mount
	in, out []transfer
	statics []static
	folders []string          // to be made on the host beforehand, open to every user of the container
	labels  map[string]string // of every volume: an engine that cannot make a container leaves those behind that it has made for it
}

// static is a read-only folder that is copied into a volume of its own.
type static struct {
	transfer
	volume string
}

// lay decides for each mount how it is done. It has no effects.
func (e *Executor) lay(task *sdk.Task, w ways) (laid, sdk.Diagnostics) {
	var out laid
	var found sdk.Diagnostics
	out.labels = e.attemptLabels(task.Attempt)
	for i, m := range task.Mounts {
		source, complaint := e.source(m)
		if complaint == nil {
			complaint = target(m, task.Mounts[:i])
		}
		if complaint != nil {
			found = append(found, *complaint)
			continue
		}
		switch m.Role {
		case sdk.Input:
			out.input(task, i, m, source, w)
		case sdk.Output:
			if w.shared {
				out.bind(source, m.Target, false)
				out.folders = append(out.folders, source)
				break
			}
			out.volume(m.Target)
			out.in = append(out.in, transfer{Container: m.Target})
			out.out = append(out.out, transfer{Host: source, Container: m.Target})
		case sdk.Static:
			if w.shared {
				out.bind(source, m.Target, true)
				break
			}
			name := fmt.Sprintf("%s-static-%d", containerName(task.Attempt), i)
			out.mounts = append(out.mounts, engine.Mount{Type: engine.VolumeMount, Source: name, Target: m.Target, ReadOnly: true,
				VolumeOptions: &engine.VolumeOptions{NoCopy: true, Labels: out.labels}})
			out.statics = append(out.statics, static{transfer{source, m.Target}, name})
		case sdk.Scratch:
			if w.shared && task.WorkDir != "" {
				folder := filepath.Join(task.WorkDir, fmt.Sprintf("scratch-%d", i))
				out.bind(folder, m.Target, false)
				out.folders = append(out.folders, folder)
				break
			}
			out.volume(m.Target)
			out.in = append(out.in, transfer{Container: m.Target})
		}
	}
	return out, found
}

// input makes a private, writable view of a folder: an overlay, which the engine mounts as a volume made in the same call as the
// container, or else a volume that the folder is copied into.
func (l *laid) input(task *sdk.Task, i int, m sdk.Mount, source string, w ways) {
	base := filepath.Join(task.WorkDir, fmt.Sprintf("input-%d", i))
	if !w.overlay || task.WorkDir == "" || !plain(base) || !plain(source) {
		l.volume(m.Target)
		l.in = append(l.in, transfer{source, m.Target})
		return
	}
	upper, work := filepath.Join(base, "upper"), filepath.Join(base, "work")
	l.folders = append(l.folders, upper, work)
	l.mounts = append(l.mounts, engine.Mount{Type: engine.VolumeMount, Target: m.Target, VolumeOptions: &engine.VolumeOptions{
		NoCopy: true, Labels: l.labels,
		DriverConfig: &engine.VolumeDriver{Name: "local", Options: map[string]string{
			"type": "overlay", "device": "overlay", "o": "lowerdir=" + source + ",upperdir=" + upper + ",workdir=" + work,
		}},
	}})
}

func (l *laid) bind(source, target string, readOnly bool) {
	l.mounts = append(l.mounts, engine.Mount{Type: engine.BindMount, Source: source, Target: target, ReadOnly: readOnly})
}

// volume mounts an empty volume without a name, which goes away with the container.
func (l *laid) volume(target string) {
	l.mounts = append(l.mounts, engine.Mount{Type: engine.VolumeMount, Target: target, VolumeOptions: &engine.VolumeOptions{NoCopy: true, Labels: l.labels}})
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
