package flow

import (
	"time"
)

// Flow is one flow: what triggers it, what it runs and where its results go. Its identity is name and version.
type Flow struct {
	Name         string
	Version      string
	Priority     int // 0 to 5; 5 runs first
	Triggers     []Trigger
	Exclude      Exclude
	Models       []Model
	Destinations []Destination
	// ReturnToSenderOnPorts sends the results to the address that the arrival came from, on each port, before Destinations.
	ReturnToSenderOnPorts []int
	Extra                 map[string]any
	TarSubdir             []string // nil: the site's
	Owner                 string
	Mode                  Mode
	Complete              *Complete // nil: the site's
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

// Complete says when an arrival is complete.
type Complete struct {
	On      string        // "association", "series" or "study"
	Idle    time.Duration // for series and study: since the last object
	MaxWait time.Duration // 0: no limit
}

// Trigger selects objects: those whose every named tag holds every one of its patterns.
type Trigger struct {
	Tags []TagPatterns // in the order of the file
}

// TagPatterns are the patterns that one tag's value has to satisfy.
type TagPatterns struct {
	Tag      string // as written; see dcm.ParsePath
	Patterns []string
}

// Destination is a DICOM node: by its own address, or by the name that the site gives to one.
type Destination struct {
	Name    string // of a site destination; then the rest is empty
	Host    string
	Port    int
	AETitle string
}

// Model is one node of a flow's graph: a container with named inputs and outputs.
type Model struct {
	Name             string // default: its index
	Container        Container
	GPUs             int
	Inputs           []Mount // by name, sorted by name; default src at /input
	Outputs          []Mount // default dst at /output
	Statics          []Mount
	PullBeforeExec   bool
	Timeout          time.Duration
	Config           map[string]any
	ConfigDumpFolder string
	ConfigFile       string // the file's name in ConfigDumpFolder, default config.yaml
	Executor         string // pins the task to one executor instance
	Retries          int
	// Options are words that only one plugin knows, docker_kwargs words outside of Container's among them.
	Options map[string]any
}

// Mount names a folder and says where the container sees it.
type Mount struct {
	Name string
	Path string
}

// Container is what a model runs, in the words of docker-py's containers.run. Nil and zero values are "not said".
type Container struct {
	Image           string
	Command         []string
	Entrypoint      []string
	Environment     []EnvVar // sorted by name if the file gave a map
	User            string
	WorkingDir      string
	Labels          map[string]string
	NetworkDisabled bool
	IPCMode         string
	ShmSize         int64 // bytes
	MemLimit        int64 // bytes
	MemReservation  int64 // bytes
	MemSwapLimit    int64 // bytes; -1: unlimited
	MemSwappiness   *int64
	NanoCPUs        int64
	CPUShares       int64
	CPUPeriod       int64 // microseconds
	CPUQuota        int64 // microseconds
	CPUSetCPUs      string
	CPURTPeriod     int64 // microseconds
	CPURTRuntime    int64 // microseconds
	Ports           []Port
	DeviceRules     []string
	DeviceReadBPS   []Throttle
	DeviceReadIOPS  []Throttle
	DeviceWriteBPS  []Throttle
	DeviceWriteIOPS []Throttle
}

// EnvVar is one environment variable.
type EnvVar struct{ Name, Value string }

// Port is a published port.
type Port struct {
	Container int
	Protocol  string
	HostIP    string
	Host      int // 0: any
}

// Throttle limits the rate of a block device, in bytes or operations a second.
type Throttle struct {
	Path string
	Rate uint64
}

// Names of mounts with a meaning of their own.
const (
	Src = "src" // the selected objects
	Dst = "dst" // what is sent; outputs whose names begin with it are sent too
)
