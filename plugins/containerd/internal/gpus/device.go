package gpus

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tags.cncf.io/container-device-interface/pkg/cdi"
	"tags.cncf.io/container-device-interface/pkg/parser"
	cdispecs "tags.cncf.io/container-device-interface/specs-go"

	"github.com/raddeploy/raddeploy/sdk"
)

// device is a GPU with all its qualified names.
type device struct {
	sdk.Device
	names []string
	minor string   // of the GPU's own device node
	part  bool     // it is a part of a GPU
	whole bool     // it is to be listed
	nodes []string // of the host, without which no container can have it
}

var (
	uuidName  = regexp.MustCompile(`^(GPU|MIG)-[0-9A-Za-z][0-9A-Za-z/-]*$`)
	indexName = regexp.MustCompile(`^(?:gpu|mig)?([0-9]+(?::[0-9]+)*)$`) // "0", "0:1", and the same with its type before it
	gpuNode   = regexp.MustCompile(`^/dev/nvidia([0-9]+)$`)
)

// devices finds the GPUs among the devices of specs. Names whose edits are the
// same are names of one device.
func devices(cache *cdi.Cache, byMinor map[string]string) []device {
	var out []device
	at := map[string]int{}
	for _, name := range cache.ListDevices() {
		vendor, class, short, err := parser.ParseQualifiedName(name)
		found := cache.GetDevice(name)
		if err != nil || found == nil || class != "gpu" || short == "all" {
			continue
		}
		key := vendor + " " + sameness(found.ContainerEdits, name)
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			minor, part := nodesOf(found.ContainerEdits)
			out = append(out, device{minor: minor, part: part, whole: true, nodes: needs(found)})
		}
		d := &out[i]
		d.names = append(d.names, name)
		if index := indexName.FindStringSubmatch(short); index != nil {
			d.Index = cmp.Or(d.Index, index[1])
		}
		d.UUID = cmp.Or(d.UUID, uuidOf(short, found))
		// of several names the one that means the same device after a restart, too
		if d.CDI == "" || d.UUID == short {
			d.CDI = name
		}
		d.part = d.part || strings.Contains(d.Index, ":") || strings.HasPrefix(d.UUID, "MIG-")
	}
	for i := range out {
		if d := &out[i]; !d.part {
			d.UUID = cmp.Or(d.UUID, byMinor[d.minor])
		}
	}
	withoutDivided(out)
	slices.SortStableFunc(out, func(a, b device) int { return compareIndex(a.Index, b.Index) })
	return out
}

// sameness is equal for devices that give a container the same. What gives
// nothing is like nothing else.
func sameness(edits cdispecs.ContainerEdits, name string) string {
	text, err := json.Marshal(edits)
	if err != nil || string(text) == "{}" {
		return name
	}
	return string(text)
}

// uuidOf finds a device's UUID in its name or in the notes of its spec.
func uuidOf(short string, d *cdi.Device) string {
	if uuidName.MatchString(short) {
		return short
	}
	for _, key := range sortedKeys(d.Annotations) {
		if value := d.Annotations[key]; uuidName.MatchString(value) {
			return value
		}
	}
	return ""
}

// withoutDivided takes GPUs off the list of which there are parts: a part's
// index begins with its GPU's, and both have the GPU's own node.
func withoutDivided(all []device) {
	for _, part := range all {
		if !part.part {
			continue
		}
		index, _, _ := strings.Cut(part.Index, ":")
		for i := range all {
			d := &all[i]
			same := index != "" && d.Index == index || part.minor != "" && d.minor == part.minor
			if !d.part && same && kindOf(d.CDI) == kindOf(part.CDI) {
				d.whole = false
			}
		}
	}
}

func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, "=")
	return kind
}

// nodesOf finds the number of the one GPU node among the edits, and whether
// they give a part of that GPU.
func nodesOf(edits cdispecs.ContainerEdits) (minor string, part bool) {
	var minors []string
	for _, node := range edits.DeviceNodes {
		if found := gpuNode.FindStringSubmatch(node.Path); found != nil {
			minors = append(minors, found[1])
		}
		part = part || strings.HasPrefix(node.Path, "/dev/nvidia-caps/")
	}
	if len(minors) == 1 {
		minor = minors[0]
	}
	return minor, part
}

// uuidsByMinor reads from the driver's files which GPU has which device node.
func uuidsByMinor(folder string) map[string]string {
	out := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(folder, "*", "information"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
		if uuid, minor := fields["GPU UUID"], fields["Device Minor"]; uuidName.MatchString(uuid) && minor != "" {
			out[minor] = uuid
		}
	}
	return out
}

// compareIndex orders "2" before "10", and "0:1" behind "0".
func compareIndex(a, b string) int {
	pad := func(index string) string {
		parts := strings.Split(index, ":")
		for i, p := range parts {
			parts[i] = strings.Repeat("0", max(0, 8-len(p))) + p
		}
		return strings.Join(parts, ":")
	}
	return strings.Compare(pad(a), pad(b))
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
