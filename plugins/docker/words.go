package docker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/dockerpy"
	"github.com/raddeploy/raddeploy/sdk"
)

// apply writes the words of options into a container's request. Each
// complaint's path leads to the word.
func (o *Options) apply(config *api.Config, host *api.HostConfig) sdk.Diagnostics {
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
		host.NetworkMode = api.NetworkMode(mode)
	}
	host.PidMode, host.UTSMode, host.UsernsMode = api.PidMode(o.PIDMode), api.UTSMode(o.UTSMode), api.UsernsMode(o.UsernsMode)
	host.CgroupnsMode, host.CgroupParent = api.CgroupnsMode(o.Cgroupns), o.CgroupParent
	host.SecurityOpt, host.Sysctls, host.Runtime, host.StorageOpt = o.SecurityOpt, o.Sysctls, o.Runtime, o.StorageOpt
	if o.OOMKillDisable {
		host.OomKillDisable = &o.OOMKillDisable
	}
	host.OomScoreAdj = o.OOMScoreAdj
	host.Ulimits, err = ulimits(o.Ulimits)
	complain("ulimits", err)
	host.ExtraHosts, err = dockerpy.Pairs(o.ExtraHosts)
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

func devices(words []string) ([]api.DeviceMapping, error) {
	list, err := dockerpy.Devices(words)
	var out []api.DeviceMapping
	for _, device := range list {
		out = append(out, api.DeviceMapping{PathOnHost: device.Host, PathInContainer: device.Inside, CgroupPermissions: device.Access})
	}
	return out, err
}

// volumes reads a list of "source:target[:mode]" or a map of source to {bind,
// mode}.
func volumes(value any) ([]string, error) {
	const want = `write a list of SOURCE:TARGET[:ro], or a map of source to {bind: TARGET, mode: ro}`
	sources, ok := value.(map[string]any)
	if !ok {
		list, err := dockerpy.Strings(value)
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

func ulimits(list []map[string]any) ([]*api.Ulimit, error) {
	limits, err := dockerpy.Limits(list)
	var out []*api.Ulimit
	for _, limit := range limits {
		out = append(out, &api.Ulimit{Name: limit.Name, Soft: limit.Soft, Hard: limit.Hard})
	}
	return out, err
}

func tmpfs(value any) (map[string]string, error) {
	folders, err := dockerpy.TmpfsFolders(value)
	if len(folders) == 0 {
		return nil, err
	}
	out := map[string]string{}
	for _, folder := range folders {
		out[folder.Path] = folder.Options
	}
	return out, err
}
