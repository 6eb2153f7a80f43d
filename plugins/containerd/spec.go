package containerd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/contrib/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// spec writes the specification of a container whose writable layer is there:
// what Docker's containers are, then the image's words, then the task's, and
// the GPUs last.
func (b *backend) spec(ctx context.Context, r *request, image api.Image) (*specs.Spec, error) {
	name, task := r.Name, r.Task
	s, err := b.api.PlainSpec(ctx, name)
	if err != nil {
		return nil, err
	}
	p, o := s.Process, r.changes.options
	if p.Args = arguments(task.Container, image.Config.Entrypoint, image.Config.Cmd); len(p.Args) == 0 {
		return nil, fmt.Errorf("neither the image %s nor the flow says what is to be run: write a command", image.Name)
	}
	p.Env = environment(image.Config.Env, task.Container.Env, name)
	p.Cwd = first(task.Container.WorkingDir, image.Config.WorkingDir, "/")
	if p.User, err = b.api.FindUser(ctx, name, image, first(task.Container.User, image.Config.User)); err != nil {
		return nil, err
	}
	p.NoNewPrivileges = b.config.NoNewPrivs
	p.Rlimits = nil // containerd's own limits, as Docker's containers have Docker's
	s.Hostname = first(o.Hostname, name)[:min(63, len(first(o.Hostname, name)))]
	s.Domainname = o.Domainname
	s.Linux.Resources.Devices = append(s.Linux.Resources.Devices, makeable()...)
	addResources(s.Linux.Resources, r.changes.resources)
	b.space(s, r)
	// Docker has none there
	s.Mounts = slices.DeleteFunc(s.Mounts, func(m specs.Mount) bool { return m.Destination == "/run" })
	s.Mounts = append(s.Mounts, specs.Mount{Destination: "/sys/fs/cgroup", Type: "cgroup", Source: "cgroup",
		Options: []string{"nosuid", "noexec", "nodev", "relatime", "ro"}})
	s.Mounts = append(s.Mounts, b.etc(r)...)
	s.Mounts = append(s.Mounts, r.changes.mounts...)
	for _, m := range r.Mounts {
		s.Mounts = append(s.Mounts, mount(m))
	}
	if err := o.change(s, r); err != nil {
		return nil, err
	}
	if p.ApparmorProfile, err = b.armorOf(o); err != nil {
		return nil, err
	}
	if err := b.seccomp(s, o); err != nil {
		return nil, err
	}
	if err := b.gpus.Inject(s, r.gpus...); err != nil {
		return nil, err
	}
	return s, nil
}

// arguments joins entrypoint and command. A task's entrypoint also takes away
// the image's command, which was written for another one.
func arguments(c sdk.Container, entrypoint, command []string) []string {
	if c.Entrypoint != nil {
		entrypoint, command = c.Entrypoint, nil
	}
	if c.Command != nil {
		command = c.Command
	}
	return slices.Concat(entrypoint, command)
}

// environment is Docker's, then the image's, then the task's; of several
// variables of one name the last one counts.
func environment(image []string, task []sdk.EnvVar, hostname string) []string {
	all := append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=" + hostname}, image...)
	for _, v := range task {
		all = append(all, v.Name+"="+v.Value)
	}
	var out []string
	at := map[string]int{}
	for _, v := range all {
		name, _, _ := strings.Cut(v, "=")
		if i, known := at[name]; known {
			out[i] = v
			continue
		}
		at[name] = len(out)
		out = append(out, v)
	}
	return out
}

// space gives the container its namespaces: of its own, or the host's.
func (b *backend) space(s *specs.Spec, r *request) {
	leave := func(kind specs.LinuxNamespaceType) {
		s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == kind })
	}
	if b.host.V2 {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.CgroupNamespace})
	}
	if r.changes.network == "host" {
		leave(specs.NetworkNamespace)
	}
	for i := range s.Mounts {
		if m := &s.Mounts[i]; m.Destination == "/dev/shm" && r.changes.shm > 0 {
			m.Options[len(m.Options)-1] = fmt.Sprintf("size=%d", r.changes.shm)
		}
	}
	switch r.changes.ipc {
	case "host":
		leave(specs.IPCNamespace)
		for i := range s.Mounts {
			if m := &s.Mounts[i]; m.Destination == "/dev/shm" || m.Destination == "/dev/mqueue" {
				*m = specs.Mount{Destination: m.Destination, Type: "bind", Source: m.Destination, Options: []string{"rbind", "nosuid", "noexec", "nodev"}}
			}
		}
	case "none":
		s.Mounts = slices.DeleteFunc(s.Mounts, func(m specs.Mount) bool { return m.Destination == "/dev/shm" })
	}
}

// makeable are the device nodes that may be made in containers, as in Docker's.
// To be opened they need a rule of their own.
func makeable() []specs.LinuxDeviceCgroup {
	return []specs.LinuxDeviceCgroup{{Allow: true, Type: "c", Access: "m"}, {Allow: true, Type: "b", Access: "m"}}
}

func addResources(to, from *specs.LinuxResources) {
	to.Memory, to.CPU, to.BlockIO, to.Pids = from.Memory, from.CPU, from.BlockIO, from.Pids
	to.Devices = append(to.Devices, from.Devices...)
}

// armorOf returns the AppArmor profile: what the flow was allowed to ask for,
// or else the site's.
func (b *backend) armorOf(o *Options) (string, error) {
	profile := b.config.AppArmor
	if asked, ok := o.security("apparmor"); ok {
		profile = asked
	} else if o.Privileged {
		return "", nil
	}
	return b.armor.profileOf(profile)
}

func (b *backend) seccomp(s *specs.Spec, o *Options) error {
	profile := b.config.SeccompProfile
	if asked, ok := o.security("seccomp"); ok {
		profile = asked
	}
	switch {
	case profile == "unconfined" || o.Privileged:
		s.Linux.Seccomp = nil
		return nil
	case profile == "" || profile == "default":
		s.Linux.Seccomp = seccomp.DefaultProfile(s)
		return nil
	}
	text, err := os.ReadFile(profile)
	if err == nil {
		s.Linux.Seccomp = &specs.LinuxSeccomp{}
		err = json.Unmarshal(text, s.Linux.Seccomp)
	}
	if err != nil {
		return fmt.Errorf("the seccomp profile %s: %w", profile, err)
	}
	return nil
}

// etc are the files that tell a container its name, and where names are looked up.
func (b *backend) etc(r *request) []specs.Mount {
	var out []specs.Mount
	for _, name := range []string{"hosts", "hostname", "resolv.conf"} {
		out = append(out, specs.Mount{Destination: "/etc/" + name, Type: "bind", Source: filepath.Join(b.folder(r.Name), name), Options: []string{"rbind", "rprivate", "rw"}})
	}
	return out
}

func first(words ...string) string {
	for _, word := range words {
		if word != "" {
			return word
		}
	}
	return ""
}
