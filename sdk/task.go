package sdk

import "time"

// Task is one attempt at one model of a flow, in neutral words: it runs
// unchanged on every executor that can give what it asks for.
type Task struct {
	Attempt AttemptID
	Run     string // the run's id
	Flow    string
	Version string
	Model   string
	Number  int // which try this is, from 1

	// Priority is the flow's, from 0 to 5; 5 goes first. Whoever queues by
	// itself heeds it, as far as the site lets it.
	Priority int
	// AvoidNodes are where earlier tries at this task were lost or preempted.
	// Whoever chooses nodes leaves these out.
	AvoidNodes []string

	Container Container
	Resources Resources
	Mounts    []Mount

	// GPUs are the devices that the agent leased for this attempt; an executor
	// of this host gives it exactly these. On a cluster the agent cannot know
	// them: then the list is empty and GPUCount is the request.
	GPUs     []Device
	GPUCount int

	// Timeout is a backstop: the agent stops an attempt that exceeds its time;
	// if the agent is away, the executor does, as soon as Timeout has passed
	// since the process started, with reason TimedOut. Zero: no limit.
	Timeout time.Duration

	// WorkDir is a folder of this attempt's own on the agent's host: for upper
	// layers of overlays and the like. It lies on the same file system as the
	// mounts' sources, and is removed after Remove.
	WorkDir string

	// Options holds what [Plugin].Options describes: a pointer to a filled
	// struct of that type.
	Options any

	// Extra is the flow's `extra`, as JSON.
	Extra []byte
}

// PullPolicy says when an image is fetched.
type PullPolicy uint8

const (
	// PullAlways tries to fetch the image before each attempt. When that does
	// not work and the image is there, the attempt goes on with it after a
	// Warning; when it is not there, the attempt ends with ImageUnavailable.
	PullAlways PullPolicy = iota
	// PullMissing fetches the image only if it is not there.
	PullMissing
)

// Container says what is run, in the words of container engines.
type Container struct {
	Image      string
	Pull       PullPolicy
	Entrypoint []string // nil: the image's
	Command    []string // nil: the image's
	Env        []EnvVar // in order
	User       string   // "": the image's
	WorkingDir string   // "": the image's
	Labels     map[string]string
	// NetworkDisabled takes the network away. Otherwise the executor's site
	// configuration decides what network there is.
	NetworkDisabled bool
	IPCMode         string
	Ports           []Port
	DeviceRules     []string // cgroup rules such as "c 42:* rmw"
}

// EnvVar is one environment variable. The value may hold any character but NUL,
// in UTF-8.
type EnvVar struct{ Name, Value string }

// Port is a port of the container that is published on the host.
type Port struct {
	Container int
	Protocol  string // "tcp", "udp" or "sctp"
	HostIP    string
	Host      int // 0: any free one
}

// Resources limits what a container may use. Zero values mean no limit, or the
// backend's default.
type Resources struct {
	Memory            int64  // bytes
	MemoryReservation int64  // bytes
	MemorySwap        int64  // bytes, memory and swap together; -1: unlimited swap
	MemorySwappiness  *int64 // 0 to 100
	ShmSize           int64  // bytes
	NanoCPUs          int64  // 1e9 is one CPU
	CPUShares         int64
	CPUPeriod         int64 // microseconds
	CPUQuota          int64 // microseconds
	CPUSetCPUs        string
	CPURTPeriod       int64 // microseconds
	CPURTRuntime      int64 // microseconds
	PIDs              int64
	DeviceReadBPS     []Throttle
	DeviceReadIOPS    []Throttle
	DeviceWriteBPS    []Throttle
	DeviceWriteIOPS   []Throttle
}

// Throttle limits the rate of one block device, in bytes or operations a second.
type Throttle struct {
	Path string
	Rate uint64
}

// Role says what a mount is for, and so who may change it.
type Role uint8

const (
	// Input is private to the attempt and writable; the source is never changed.
	Input Role = iota + 1
	// Output starts empty; what the attempt leaves in it is in the source
	// folder when the Exit is sent.
	Output
	// Static is read-only and shared.
	Static
	// Scratch starts empty and is thrown away.
	Scratch
)

// Mount puts a folder of the agent's host into the container. How (overlay,
// bind, volume, copy) is the executor's business.
type Mount struct {
	Role   Role
	Name   string // the mount's name in the flow, such as "src"
	Source string // absolute path of a folder on the agent's host; "" for Scratch
	Target string // absolute path in the container
}

// Device is one GPU, or a part of one.
type Device struct {
	Index string // the number the driver gives, such as "0"
	UUID  string // such as "GPU-…" or "MIG-…"
	// the qualified CDI name, such as "nvidia.com/gpu=0"; "" if the host has no
	// spec for it
	CDI string
}
