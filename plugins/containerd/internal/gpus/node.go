package gpus

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"tags.cncf.io/container-device-interface/pkg/cdi"
	cdispecs "tags.cncf.io/container-device-interface/specs-go"
)

// present leaves out the devices whose nodes are not there, such as those of a
// GPU that fell off the bus while its spec stayed, and says what they lack.
func present(all []device, there func(node string) bool) (left []device, absent []string) {
	for _, d := range all {
		if i := slices.IndexFunc(d.nodes, func(node string) bool { return !there(node) }); i >= 0 {
			absent = append(absent, fmt.Sprintf("%s: the host has no %s", d.CDI, d.nodes[i]))
			continue
		}
		left = append(left, d)
	}
	return left, absent
}

// needs are the device nodes of the host that a container with the device gets,
// its own and those of its whole spec. One whose numbers the spec tells is made
// from these, and needs none unless the spec names the host's.
func needs(d *cdi.Device) []string {
	var nodes []string
	for _, edits := range []cdispecs.ContainerEdits{d.ContainerEdits, d.GetSpec().ContainerEdits} {
		for _, node := range edits.DeviceNodes {
			if node.HostPath != "" || node.Type == "" || node.Type != "p" && node.Major == 0 {
				nodes = append(nodes, cmp.Or(node.HostPath, node.Path))
			}
		}
	}
	return nodes
}

func nodesOfAll(cache *cdi.Cache) []string {
	var nodes []string
	for _, name := range cache.ListDevices() {
		if d := cache.GetDevice(name); d != nil {
			nodes = append(nodes, needs(d)...)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
