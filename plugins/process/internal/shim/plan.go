// Package shim runs one attempt. The plugin launches its own program a second
// time as a shim, in namespaces of its own: the shim is the first process of a
// pid namespace and of a mount namespace that nobody else sees. It builds a
// root there, runs the command in it, and writes down how that ended.
//
// It outlives the plugin and the agent. When it ends, in whatever way, the
// kernel ends everything that runs in its pid namespace, and every mount it
// made is gone: nothing has to be cleaned up, and the host's own / was never
// touched.
//
// In comes a [Plan]; out go the records that package attempt describes.
package shim

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Plan is all that a shim has to know: a task in the words of this host.
type Plan struct {
	// Args are the program and its arguments. With none, the shim only tries
	// whether it can build a root.
	Args []string
	// NoImage is why the image comes to no program here, or "".
	NoImage string
	Env     []string // as "NAME=value"
	Dir     string   // the working folder, made if it is not there
	UID     int
	GID     int
	Groups  []int

	Show   []string    // paths of the host that the command sees, read-only
	Hide   []string    // folders that it does not see, even if they lie there
	Mounts []sdk.Mount // with sources that hold no symlinks
	// a folder on the host for what is thrown away: upper layers, copies, /tmp
	Scratch    string
	CopyInputs bool // although overlayfs may be there

	// Unprivileged says that the plugin may not make mounts, and so needs a
	// user namespace in which it may.
	Unprivileged bool
	NoNetwork    bool
	GPU          bool // the devices of NVIDIA's driver are there
	Limits       sdk.Resources
	// the cgroup in which the attempt's own is made; "" if the host has none for us
	Cgroup  string
	Name    string // of the attempt
	Timeout time.Duration
}
