package docker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
	"github.com/raddeploy/raddeploy/sdk"
)

// apply writes the words of options into a container's request. Each complaint's path leads to the word.
func (o *Options) apply(config *engine.Config, host *engine.HostConfig) sdk.Diagnostics {
	var found sdk.Diagnostics
	complain := func(word string, err error) {
		if err != nil {
			found = append(found, sdk.Diagnostic{Path: []string{"options", word}, Summary: err.Error()})
		}
	}
	var err error
	host.Privileged, host.CapAdd, host.CapDrop = o.Privileged, o.CapAdd, o.CapDrop
	host.Devices, err = devices(o.Devices)
	complain("devices", err)
	host.Binds, err = volumes(o.Volumes)
	complain("volumes", err)
	host.VolumesFrom = o.VolumesFrom
	if o.Network != "" && o.NetworkMode != "" && o.Network != o.NetworkMode {
		complain("network", fmt.Errorf("network and network_mode are the same thing and differ: leave one out"))
	}
	if mode := cmp.Or(o.Network, o.NetworkMode); mode != "" {
		host.NetworkMode = engine.NetworkMode(mode)
	}
	host.PidMode, host.UTSMode, host.UsernsMode = engine.PidMode(o.PIDMode), engine.UTSMode(o.UTSMode), engine.UsernsMode(o.UsernsMode)
	host.CgroupnsMode, host.CgroupParent = engine.CgroupnsMode(o.Cgroupns), o.CgroupParent
	host.SecurityOpt, host.Sysctls, host.Runtime, host.StorageOpt = o.SecurityOpt, o.Sysctls, o.Runtime, o.StorageOpt
	if o.OOMKillDisable {
		host.OomKillDisable = &o.OOMKillDisable
	}
	host.OomScoreAdj = o.OOMScoreAdj
	host.Ulimits, err = ulimits(o.Ulimits)
	complain("ulimits", err)
	host.ExtraHosts, err = pairs(o.ExtraHosts)
	complain("extra_hosts", err)
	host.DNS, host.DNSOptions, host.DNSSearch = o.DNS, o.DNSOpt, o.DNSSearch
	host.Tmpfs, err = tmpfs(o.Tmpfs)
	complain("tmpfs", err)
	host.Init, host.ReadonlyRootfs, host.GroupAdd = o.Init, o.ReadOnly, o.GroupAdd
	config.Hostname, config.Domainname, config.StopSignal = o.Hostname, o.Domainname, o.StopSignal
	host.CpusetMems = o.CPUSetMems
	if o.BlkioWgt < 0 || o.BlkioWgt > 1000 {
		complain("blkio_weight", fmt.Errorf("must lie between 10 and 1000"))
	}
	host.BlkioWeight = uint16(o.BlkioWgt)
	if o.PIDsLimit != 0 {
		host.PidsLimit = &o.PIDsLimit
	}
	return found
}

func devices(words []string) ([]engine.DeviceMapping, error) {
	var out []engine.DeviceMapping
	for _, word := range words {
		parts := strings.Split(word, ":")
		device := engine.DeviceMapping{PathOnHost: parts[0], PathInContainer: parts[0], CgroupPermissions: "rwm"}
		switch {
		case len(parts) == 2 && strings.Trim(parts[1], "rwm") == "":
			device.CgroupPermissions = parts[1]
		case len(parts) >= 2:
			device.PathInContainer = parts[1]
		}
		if len(parts) == 3 {
			device.CgroupPermissions = parts[2]
		}
		if len(parts) > 3 || parts[0] == "" || strings.Trim(device.CgroupPermissions, "rwm") != "" {
			return nil, fmt.Errorf("%q is no device: write PATH, PATH:PATH or PATH:PATH:rwm", word)
		}
		out = append(out, device)
	}
	return out, nil
}

// volumes reads a list of "source:target[:mode]" or a map of source to {bind, mode}.
func volumes(value any) ([]string, error) {
	const want = `write a list of SOURCE:TARGET[:ro], or a map of source to {bind: TARGET, mode: ro}`
	sources, ok := value.(map[string]any)
	if !ok {
		list, err := strs(value)
		for _, word := range list {
			if err == nil && strings.Count(word, ":") == 0 {
				err = fmt.Errorf("%q has no target: %s", word, want)
			}
		}
		return list, err
	}
	var out []string
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		words, ok := sources[source].(map[string]any)
		target, _ := words["bind"].(string)
		mode, isText := words["mode"].(string)
		if !ok || target == "" || (words["mode"] != nil && !isText) {
			return nil, fmt.Errorf("%q: %s", source, want)
		}
		if mode == "" {
			mode = "rw"
		}
		out = append(out, source+":"+target+":"+mode)
	}
	return out, nil
}

func ulimits(list []map[string]any) ([]*engine.Ulimit, error) {
	var out []*engine.Ulimit
	for _, words := range list {
		limit := &engine.Ulimit{}
		var soft, hard bool
		for word, value := range words {
			number, isNumber := whole(value)
			switch strings.ToLower(word) {
			case "name":
				limit.Name, _ = value.(string)
			case "soft":
				limit.Soft, soft = number, isNumber
			case "hard":
				limit.Hard, hard = number, isNumber
			}
		}
		if limit.Name == "" || !(soft || hard) {
			return nil, fmt.Errorf("a limit needs name, soft and hard, such as {name: nofile, soft: 1024, hard: 4096}")
		}
		if !soft {
			limit.Soft = limit.Hard
		}
		if !hard {
			limit.Hard = limit.Soft
		}
		out = append(out, limit)
	}
	return out, nil
}

// pairs reads a map, or a list of "key:value".
func pairs(value any) ([]string, error) {
	words, ok := value.(map[string]any)
	if !ok {
		return strs(value)
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(words)) {
		text, ok := words[key].(string)
		if !ok {
			return nil, fmt.Errorf("%q must be a string", key)
		}
		out = append(out, key+":"+text)
	}
	return out, nil
}

func tmpfs(value any) (map[string]string, error) {
	out := map[string]string{}
	if words, ok := value.(map[string]any); ok {
		for path, options := range words {
			text, ok := options.(string)
			if !ok && options != nil {
				return nil, fmt.Errorf("the options of %q must be a string", path)
			}
			out[path] = text
		}
		return out, nil
	}
	list, err := strs(value)
	for _, word := range list {
		path, options, _ := strings.Cut(word, ":")
		out[path] = options
	}
	if len(out) == 0 {
		return nil, err
	}
	return out, err
}

func strs(value any) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("must be a list or a map")
	}
	var out []string
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, fmt.Errorf("%v must be a string", element)
		}
		out = append(out, text)
	}
	return out, nil
}

// whole reads a number of a decoded JSON value.
func whole(value any) (int64, bool) {
	switch number := value.(type) {
	case float64:
		return int64(number), number == float64(int64(number))
	case int64:
		return number, true
	case string:
		n, err := strconv.ParseInt(number, 10, 64)
		return n, err == nil
	}
	return 0, false
}
