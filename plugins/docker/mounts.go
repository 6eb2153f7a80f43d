package docker

import (
	"fmt"
	"path/filepath"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
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
	// to be made on the host beforehand, open to every user of the container
	folders []string
	// of every volume: an engine that cannot make a container leaves those
	// behind that it has made for it
	labels map[string]string
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
		source, complaint := mounting.Check(task.Mounts, i, e.site.Roots)
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

// input makes a private, writable view of a folder: an overlay, which the
// engine mounts as a volume made in the same call as the container, or else a
// volume that the folder is copied into.
func (l *laid) input(task *sdk.Task, i int, m sdk.Mount, source string, w ways) {
	base := filepath.Join(task.WorkDir, fmt.Sprintf("input-%d", i))
	if !w.overlay || task.WorkDir == "" || !mounting.FitsOverlay(base) || !mounting.FitsOverlay(source) {
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
