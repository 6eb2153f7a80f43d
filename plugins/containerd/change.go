package containerd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/pkg/cap"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
)

// change writes the words of options into a specification. They were read once
// before, without complaint.
func (o *Options) change(s *specs.Spec, r *request) error {
	groups, err := numbers(o.GroupAdd)
	if err != nil {
		return err
	}
	s.Process.User.AdditionalGids = slices.Concat(s.Process.User.AdditionalGids, groups)
	if s.Process.Rlimits, err = ulimits(o.Ulimits); err != nil {
		return err
	}
	if err := o.capabilities(s.Process.Capabilities); err != nil {
		return err
	}
	s.Root.Readonly = o.ReadOnly
	s.Linux.Sysctl = o.Sysctls
	s.Linux.Devices = append(s.Linux.Devices, r.changes.devices...)
	if o.OOMScoreAdj != 0 {
		s.Process.OOMScoreAdj = &o.OOMScoreAdj
	}
	if value, ok := o.security("no-new-privileges"); ok {
		s.Process.NoNewPrivileges = value != "false"
	}
	for kind, mode := range map[specs.LinuxNamespaceType]string{specs.PIDNamespace: o.PIDMode, specs.UTSNamespace: o.UTSMode} {
		if mode == "host" {
			s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == kind })
		}
	}
	if o.UTSMode == "host" {
		s.Hostname, s.Domainname = "", ""
	}
	if o.Privileged {
		return api.Privilege(s)
	}
	return nil
}

// capabilities adds and takes away. Taking all away goes before adding, as with
// Docker.
func (o *Options) capabilities(c *specs.LinuxCapabilities) error {
	now := slices.Clone(c.Bounding)
	all := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "ALL") })
	}
	if all(o.CapAdd) {
		now = cap.Known()
	}
	if all(o.CapDrop) {
		now = nil
	}
	for _, word := range o.CapAdd {
		if name := capability(word); !strings.EqualFold(word, "ALL") && !slices.Contains(now, name) {
			if !slices.Contains(cap.Known(), name) {
				return fmt.Errorf("there is no capability %q", word)
			}
			now = append(now, name)
		}
	}
	for _, word := range o.CapDrop {
		now = slices.DeleteFunc(now, func(name string) bool { return name == capability(word) })
	}
	c.Bounding, c.Effective, c.Permitted = now, now, now
	return nil
}

func capability(word string) string {
	return "CAP_" + strings.TrimPrefix(strings.ToUpper(word), "CAP_")
}

// security returns the value of a word of security_opt, such as "unconfined" of
// "seccomp=unconfined".
func (o *Options) security(name string) (value string, given bool) {
	for _, word := range o.SecurityOpt {
		if is, value, _ := strings.Cut(strings.Replace(word, ":", "=", 1), "="); is == name {
			return value, true
		}
	}
	return "", false
}
