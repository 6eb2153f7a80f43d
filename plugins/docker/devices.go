package docker

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// nvidiaGPUs is where NVIDIA's driver tells of its GPUs: a folder each, named
// by its place on the PCI bus.
const nvidiaGPUs = "/proc/driver/nvidia/gpus"

// devices lists the GPUs of the engine's host: those that NVIDIA's driver tells
// of, if that is this host, and those that the engine has found CDI specs for.
// The driver tells no UUIDs of MIG devices, so only CDI's are listed.
func (b *backend) devices(info api.Info) []sdk.Device {
	var all []sdk.Device
	if b.api.OnThisHost() {
		all = driverDevices(nvidiaGPUs)
	}
	return withCDI(all, info.CDIDevices)
}

// withCDI adds CDI names to the devices that they mean, and devices for those
// that mean none of them.
func withCDI(all []sdk.Device, ids []string) []sdk.Device {
	for _, id := range ids {
		kind, name, _ := strings.Cut(id, "=")
		vendor, class, _ := strings.Cut(kind, "/")
		if name == "all" || !strings.Contains(class, "gpu") && !strings.Contains(class, "mig") {
			continue
		}
		found := sdk.Device{CDI: id}
		switch {
		case strings.HasPrefix(name, "GPU-"), strings.HasPrefix(name, "MIG-"):
			found.UUID = name
		case strings.Trim(name, "0123456789:") == "":
			found.Index = name
		}
		same := slices.IndexFunc(all, func(d sdk.Device) bool {
			return found.UUID != "" && d.UUID == found.UUID || vendor == "nvidia.com" && found.Index != "" && d.Index == found.Index
		})
		switch {
		case same < 0:
			all = append(all, found)
		case all[same].CDI == "":
			all[same].CDI = id
		}
	}
	return all
}

// driverDevices reads what NVIDIA's driver tells. It counts GPUs in the order
// of their places on the bus, as nvidia-smi does.
func driverDevices(folder string) []sdk.Device {
	entries, err := os.ReadDir(folder) // in sorted order
	if err != nil {
		return nil // there is no such driver
	}
	var all []sdk.Device
	for i, entry := range entries {
		device := sdk.Device{Index: strconv.Itoa(i)}
		if file, err := os.Open(filepath.Join(folder, entry.Name(), "information")); err == nil {
			for lines := bufio.NewScanner(file); lines.Scan(); {
				if word, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(word) == "GPU UUID" && !strings.Contains(value, "?") {
					device.UUID = strings.TrimSpace(value)
				}
			}
			file.Close()
		}
		all = append(all, device)
	}
	return all
}
