package flow

import (
	"time"
)

// Flow is one flow: what triggers it, what it runs and where its results go.
// Its identity is name and version.
type Flow struct {
	Name     string    `json:"name,omitzero"`
	Version  string    `json:"version,omitzero"`
	Priority int       `json:"priority,omitzero"` // 0 to 5; 5 runs first
	Triggers []Trigger `json:"triggers,omitzero"`
	// CalledAETitles are the AE titles that a sender may have called; none: any.
	// Without triggers, whatever is sent to one of them starts the flow.
	CalledAETitles []string      `json:"called_ae_titles,omitzero"`
	Exclude        Exclude       `json:"exclude,omitzero"`
	Models         []Model       `json:"models,omitzero"`
	Destinations   []Destination `json:"destinations,omitzero"`
	// ReturnToSenderOnPorts sends the results to the address that the arrival
	// came from, on each port, before Destinations.
	ReturnToSenderOnPorts []int          `json:"return_to_sender_on_ports,omitzero"`
	Extra                 map[string]any `json:"extra,omitzero"`
	TarSubdir             []string       `json:"tar_subdir,omitzero"` // nil: the site's
	Owner                 string         `json:"owner,omitzero"`
	Mode                  Mode           `json:"mode,omitzero"`
	Complete              *Complete      `json:"complete,omitzero"` // nil: the site's
}

// Exclude says what a pattern that begins with "~" does.
type Exclude string

// The meanings of an exclusion.
const (
	ExcludeFlow Exclude = "flow" // an object that it matches vetoes the flow for the arrival
	ExcludeFile Exclude = "file" // objects that it matches are left out
)

// Mode says whether a flow takes part.
type Mode string

// The modes.
const (
	Live   Mode = "live"
	Shadow Mode = "shadow" // its models run, and nothing is sent
	Off    Mode = "off"
)

// OOM says what it means that the kernel killed a process of a model because its
// memory was used up, and the model ended with code 0.
type OOM string

// The meanings.
const (
	OOMFail OOM = "fail" // the task has failed: what it wrote may be cut
	OOMWarn OOM = "warn" // it has succeeded, with a warning
)

// Trigger selects objects: those whose every named tag holds every one of its
// patterns.
type Trigger struct {
	Tags []TagPatterns `json:"tags,omitzero"` // in the order of the file
}

// TagPatterns are the patterns that one tag's value has to satisfy.
type TagPatterns struct {
	Tag      string   `json:"tag,omitzero"` // as written; see dcm.ParsePath
	Patterns []string `json:"patterns,omitzero"`
}

// Destination is a DICOM node: by its own address, or by the name that the site
// gives to one.
type Destination struct {
	Name    string `json:"name,omitzero"` // of a site destination; then the rest is empty
	Host    string `json:"host,omitzero"`
	Port    int    `json:"port,omitzero"`
	AETitle string `json:"ae_title,omitzero"`
}

// Model is one node of a flow's graph: a container with named inputs and outputs.
type Model struct {
	Name             string         `json:"name,omitzero"` // default: its index
	Container        Container      `json:"container,omitzero"`
	GPUs             int            `json:"gpu,omitzero"`
	Inputs           []Mount        `json:"input_mounts,omitzero"`  // by name, sorted by name; default src at /input
	Outputs          []Mount        `json:"output_mounts,omitzero"` // default dst at /output
	Statics          []Mount        `json:"static_mounts,omitzero"`
	PullBeforeExec   bool           `json:"pull_before_exec,omitzero"`
	Timeout          time.Duration  `json:"timeout,omitzero"`
	Config           map[string]any `json:"config,omitzero"`
	ConfigDumpFolder string         `json:"config_dump_folder,omitzero"`
	ConfigFile       string         `json:"config_file,omitzero"` // the file's name in ConfigDumpFolder, default config.yaml
	Executor         string         `json:"executor,omitzero"`    // pins the task to one executor instance
	Retries          int            `json:"retries,omitzero"`
	OOM              OOM            `json:"oom,omitzero"` // "": fail
	// Options are words that only one plugin knows, docker_kwargs words outside
	// of Container's among them.
	Options map[string]any `json:"options,omitzero"`
}

// Mount names a folder and says where the container sees it.
type Mount struct {
	Name string `json:"name,omitzero"`
	Path string `json:"path,omitzero"`
}

// Container is what a model runs, in the words of docker-py's containers.run.
// Nil and zero values are "not said".
type Container struct {
	Image           string            `json:"image,omitzero"`
	Command         []string          `json:"command,omitzero"`
	Entrypoint      []string          `json:"entrypoint,omitzero"`
	Environment     []EnvVar          `json:"environment,omitzero"` // sorted by name if the file gave a map
	User            string            `json:"user,omitzero"`
	WorkingDir      string            `json:"working_dir,omitzero"`
	Labels          map[string]string `json:"labels,omitzero"`
	NetworkDisabled bool              `json:"network_disabled,omitzero"`
	IPCMode         string            `json:"ipc_mode,omitzero"`
	ShmSize         int64             `json:"shm_size,omitzero"`        // bytes
	MemLimit        int64             `json:"mem_limit,omitzero"`       // bytes
	MemReservation  int64             `json:"mem_reservation,omitzero"` // bytes
	MemSwapLimit    int64             `json:"memswap_limit,omitzero"`   // bytes; -1: unlimited
	MemSwappiness   *int64            `json:"mem_swappiness,omitzero"`
	NanoCPUs        int64             `json:"nano_cpus,omitzero"`
	CPUShares       int64             `json:"cpu_shares,omitzero"`
	CPUPeriod       int64             `json:"cpu_period,omitzero"` // microseconds
	CPUQuota        int64             `json:"cpu_quota,omitzero"`  // microseconds
	CPUSetCPUs      string            `json:"cpuset_cpus,omitzero"`
	CPURTPeriod     int64             `json:"cpu_rt_period,omitzero"`  // microseconds
	CPURTRuntime    int64             `json:"cpu_rt_runtime,omitzero"` // microseconds
	Ports           []Port            `json:"ports,omitzero"`
	DeviceRules     []string          `json:"device_cgroup_rules,omitzero"`
	DeviceReadBPS   []Throttle        `json:"device_read_bps,omitzero"`
	DeviceReadIOPS  []Throttle        `json:"device_read_iops,omitzero"`
	DeviceWriteBPS  []Throttle        `json:"device_write_bps,omitzero"`
	DeviceWriteIOPS []Throttle        `json:"device_write_iops,omitzero"`
}

// EnvVar is one environment variable.
type EnvVar struct {
	Name  string `json:"name,omitzero"`
	Value string `json:"value,omitzero"`
}

// Port is a published port.
type Port struct {
	Container int    `json:"container,omitzero"`
	Protocol  string `json:"protocol,omitzero"`
	HostIP    string `json:"host_ip,omitzero"`
	Host      int    `json:"host,omitzero"` // 0: any
}

// Throttle limits the rate of a block device, in bytes or operations a second.
type Throttle struct {
	Path string `json:"path,omitzero"`
	Rate uint64 `json:"rate,omitzero"`
}

// Names of mounts with a meaning of their own.
const (
	Src = "src" // the selected objects
	Dst = "dst" // what is sent; outputs whose names begin with it are sent too
)
