package containerd

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/plugins/internal/dockerpy"
	"github.com/raddeploy/raddeploy/sdk"
)

// apply reads the words of options into a request. Each complaint's path leads
// to the word.
func (o *Options) apply(r *request) sdk.Diagnostics {
	var found sdk.Diagnostics
	complain := func(word string, err error) {
		if err != nil {
			found = append(found, sdk.Diagnostic{Path: []string{"options", word}, Summary: err.Error()})
		}
	}
	resources := r.changes.resources
	devices, rules, err := devices(o.Devices)
	complain("devices", err)
	r.changes.devices, resources.Devices = devices, append(resources.Devices, rules...)
	binds, err := volumes(o.Volumes)
	complain("volumes", err)
	memory, err := tmpfs(o.Tmpfs)
	complain("tmpfs", err)
	r.changes.mounts = slices.Concat(memory, binds)
	_, err = ulimits(o.Ulimits)
	complain("ulimits", err)
	_, err = dockerpy.Pairs(o.ExtraHosts)
	complain("extra_hosts", err)
	_, err = numbers(o.GroupAdd)
	complain("group_add", err)
	for _, word := range o.SecurityOpt {
		switch name, value, _ := strings.Cut(strings.Replace(word, ":", "=", 1), "="); {
		case name == "no-new-privileges", (name == "seccomp" || name == "apparmor") && value != "":
		default:
			complain("security_opt", fmt.Errorf("%q is not known here: write seccomp=FILE, apparmor=PROFILE or no-new-privileges", word))
		}
	}
	r.plan.All = o.PIDMode == "host"
	r.plan.StopSignal, err = signalNamed(o.StopSignal)
	complain("stop_signal", err)
	if o.BlkioWgt != 0 && (o.BlkioWgt < 10 || o.BlkioWgt > 1000) {
		complain("blkio_weight", fmt.Errorf("must lie between 10 and 1000"))
	} else if o.BlkioWgt != 0 {
		weight := uint16(o.BlkioWgt)
		resources.BlockIO.Weight = &weight
	}
	if o.CPUSetMems != "" && !cpuList.MatchString(o.CPUSetMems) {
		complain("cpuset_mems", fmt.Errorf(`write numbers such as "0-1"`))
	}
	resources.CPU.Mems = o.CPUSetMems
	if o.PIDsLimit != 0 && resources.Pids == nil {
		resources.Pids = &specs.LinuxPids{Limit: &o.PIDsLimit}
	}
	if o.OOMScoreAdj < -1000 || o.OOMScoreAdj > 1000 {
		complain("oom_score_adj", fmt.Errorf("must lie between -1000 and 1000"))
	}
	return found
}

// signalNamed reads a signal such as "SIGINT", "INT" or "2". "" is none.
func signalNamed(text string) (syscall.Signal, error) {
	if text == "" {
		return 0, nil
	}
	if number, err := strconv.Atoi(text); err == nil && number > 0 && number <= 64 {
		return syscall.Signal(number), nil
	}
	if signal := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(text), "SIG")); signal != 0 {
		return signal, nil
	}
	return 0, fmt.Errorf("%q is no signal", text)
}

// devices reads PATH[:PATH IN THE CONTAINER[:rwm]].
func devices(words []string) ([]specs.LinuxDevice, []specs.LinuxDeviceCgroup, error) {
	var out []specs.LinuxDevice
	var rules []specs.LinuxDeviceCgroup
	list, err := dockerpy.Devices(words)
	if err != nil {
		return nil, nil, err
	}
	for i, named := range list {
		if !filepath.IsAbs(named.Host) || !filepath.IsAbs(named.Inside) || named.Access == "" {
			return nil, nil, dockerpy.NoDevice(words[i])
		}
		var info unix.Stat_t
		kind := map[uint32]string{unix.S_IFCHR: "c", unix.S_IFBLK: "b"}
		if err := unix.Stat(named.Host, &info); err != nil || kind[info.Mode&unix.S_IFMT] == "" {
			return nil, nil, fmt.Errorf("%s is no device of this host", named.Host)
		}
		device := specs.LinuxDevice{Path: named.Inside, Type: kind[info.Mode&unix.S_IFMT], Major: int64(unix.Major(info.Rdev)), Minor: int64(unix.Minor(info.Rdev))}
		out = append(out, device)
		rules = append(rules, specs.LinuxDeviceCgroup{Allow: true, Type: device.Type, Major: &device.Major, Minor: &device.Minor, Access: named.Access})
	}
	return out, rules, nil
}

// volumes reads a list of "source:target[:mode]" or a map of source to {bind,
// mode}.
func volumes(value any) ([]specs.Mount, error) {
	const want = `write a list of SOURCE:TARGET[:ro], or a map of source to {bind: TARGET, mode: ro}`
	var out []specs.Mount
	add := func(source, target, mode string) error {
		if !filepath.IsAbs(source) || !filepath.IsAbs(target) || mode != "rw" && mode != "ro" {
			return fmt.Errorf("%q: %s; only folders and files of the host can be mounted here", source, want)
		}
		out = append(out, specs.Mount{Type: "bind", Source: source, Destination: target, Options: []string{"rbind", "rprivate", mode}})
		return nil
	}
	sources, ok := value.(map[string]any)
	if !ok {
		list, err := dockerpy.Strings(value)
		for _, word := range list {
			parts := append(strings.Split(word, ":"), "rw")
			if len(parts) < 3 {
				return nil, fmt.Errorf("%q has no target: %s", word, want)
			}
			if err := add(parts[0], parts[1], parts[2]); err != nil {
				return nil, err
			}
		}
		return out, err
	}
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		words, _ := sources[source].(map[string]any)
		target, _ := words["bind"].(string)
		mode, isText := words["mode"].(string)
		if words["mode"] == nil {
			mode, isText = "rw", true
		}
		if !isText {
			return nil, fmt.Errorf("%q: %s", source, want)
		}
		if err := add(source, target, mode); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func tmpfs(value any) ([]specs.Mount, error) {
	folders, err := dockerpy.TmpfsFolders(value)
	var out []specs.Mount
	for _, folder := range folders {
		if !filepath.IsAbs(folder.Path) {
			return nil, fmt.Errorf("%q is no absolute path of a container", folder.Path)
		}
		m := specs.Mount{Type: "tmpfs", Source: "tmpfs", Destination: folder.Path, Options: []string{"nosuid", "nodev", "noexec"}}
		if folder.Options != "" {
			m.Options = append(m.Options, strings.Split(folder.Options, ",")...)
		}
		out = append(out, m)
	}
	return out, err
}
