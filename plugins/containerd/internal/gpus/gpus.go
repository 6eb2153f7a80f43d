// Package gpus knows a host's GPUs by the CDI specs in its folders, and gives
// them to containers.
//
// A spec names devices and says how a container has to be changed to have them;
// nobody else is asked. In come folders of specs; out go GPUs with all that
// specs and the driver's files tell of them, and edits to a container's
// specification.
package gpus

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"tags.cncf.io/container-device-interface/pkg/cdi"

	"github.com/raddeploy/raddeploy/sdk"
)

// Specs are the CDI specs of this host.
type Specs struct {
	dirs  []string
	procs string
	node  func(path string) bool // tells whether a device node is there

	// how long a file that was just written is left alone: it may be half there
	settle   time.Duration
	patience time.Duration // how long what a file said counts when it cannot be read any more

	mu   sync.Mutex
	seen string // the files and device nodes as they were when they were last read
	// since when the files cannot be read as a whole, while what they said
	// before counts
	broken  time.Time
	cache   *cdi.Cache
	devices []device
	absent  []string // what the devices lack that are not listed for that
}

// Driver is where NVIDIA's driver tells of its GPUs.
const Driver = "/proc/driver/nvidia/gpus"

// Open reads the specs of the folders; those of later folders take precedence.
// A folder need not be there. driver is [Driver].
func Open(dirs []string, driver string) (*Specs, error) {
	s := &Specs{dirs: dirs, procs: driver, node: isThere, settle: time.Second, patience: 10 * time.Second}
	return s, s.open()
}

func (s *Specs) open() error {
	cache, err := s.read()
	if err == nil {
		s.take(cache)
	}
	return err
}

func (s *Specs) read() (*cdi.Cache, error) {
	cache, err := cdi.NewCache(cdi.WithSpecDirs(s.dirs...), cdi.WithAutoRefresh(false))
	if err != nil {
		return nil, fmt.Errorf("open CDI specs: %w", err)
	}
	return cache, nil
}

// Look reads the specs again if a file has changed. It costs little when none has.
func (s *Specs) Look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, written := s.listing()
	if now == s.seen {
		s.broken = time.Time{}
		return
	}
	if age := time.Since(written); age >= 0 && age < s.settle {
		return
	}
	cache, err := s.read()
	if err != nil {
		return // the folders were good before
	}
	if s.worse(cache) {
		if s.broken.IsZero() {
			s.broken = time.Now()
		}
		if time.Since(s.broken) < s.patience {
			return
		}
	}
	s.take(cache)
}

// take has what was read count from now on. What is wrong with files is told by
// Problems; the others count.
func (s *Specs) take(cache *cdi.Cache) {
	s.cache, s.broken = cache, time.Time{}
	s.devices, s.absent = present(devices(cache, uuidsByMinor(s.procs)), s.node)
	s.seen, _ = s.listing()
}

// worse reports whether a file cannot be read that could be read before.
func (s *Specs) worse(cache *cdi.Cache) bool {
	before := s.cache.GetErrors()
	for path, errs := range cache.GetErrors() {
		if len(errs) > 0 && len(before[path]) == 0 {
			return true
		}
	}
	return false
}

// listing changes when a file does, or a device node comes or goes. It also
// tells when the last file was written.
func (s *Specs) listing() (all string, written time.Time) {
	var text strings.Builder
	for _, node := range nodesOfAll(s.cache) {
		fmt.Fprintf(&text, "%s %v\n", node, s.node(node))
	}
	for _, dir := range s.dirs {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			if ext := filepath.Ext(entry.Name()); ext != ".json" && ext != ".yaml" {
				continue // CDI reads no others
			}
			if info, err := os.Stat(filepath.Join(dir, entry.Name())); err == nil && info.Mode().IsRegular() {
				fmt.Fprintf(&text, "%s/%s %d %d\n", dir, entry.Name(), info.Size(), info.ModTime().UnixNano())
				if info.ModTime().After(written) {
					written = info.ModTime()
				}
			}
		}
	}
	return text.String(), written
}

// GPUs lists the GPUs that containers can be given, each once however many
// names it has. One that is divided into parts is not there as a whole: only
// its parts can be computed on.
func (s *Specs) GPUs() []sdk.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sdk.Device
	for _, d := range s.devices {
		if d.whole {
			out = append(out, d.Device)
		}
	}
	return out
}

// Problems says what is wrong with specs and what devices lack, one sentence each.
func (s *Specs) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.absent)
	for path, errs := range s.cache.GetErrors() {
		if len(errs) > 0 {
			out = append(out, fmt.Sprintf("%s: %v", path, errs[0]))
		}
	}
	for dir, err := range s.cache.GetSpecDirErrors() {
		if !os.IsNotExist(err) && !strings.Contains(err.Error(), fs.ErrNotExist.Error()) {
			out = append(out, fmt.Sprintf("%s: %v", dir, err))
		}
	}
	slices.Sort(out)
	return out
}

// Find returns the qualified CDI name by which a container gets a device: the
// one the agent knows, or else any that means the same device.
func (s *Specs) Find(wanted sdk.Device) (name string, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if wanted.CDI != "" && slices.Contains(d.names, wanted.CDI) {
			return wanted.CDI, wanted.UUID == "" || d.UUID == "" || d.UUID == wanted.UUID
		}
	}
	for _, d := range s.devices {
		switch {
		case wanted.UUID != "" && d.UUID != "":
			if d.UUID == wanted.UUID {
				return d.CDI, true
			}
		case wanted.Index != "" && d.Index == wanted.Index:
			return d.CDI, true
		}
	}
	return "", false
}

// Inject changes a container's specification as the specs say, so that it has
// the devices. Nothing may be taken out of it afterwards.
func (s *Specs) Inject(spec *specs.Spec, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	s.Look()
	s.mu.Lock()
	defer s.mu.Unlock()
	if missing, err := s.cache.InjectDevices(spec, names...); err != nil {
		if len(missing) > 0 {
			return fmt.Errorf("there is no CDI device %s in %s", strings.Join(missing, ", "), strings.Join(s.dirs, ", "))
		}
		return fmt.Errorf("give the container %s: %w", strings.Join(names, ", "), err)
	}
	return nil
}

// String tells how the devices are called, for an operator.
func (s *Specs) String() string {
	var names []string
	for _, d := range s.GPUs() {
		names = append(names, cmp.Or(d.CDI, d.UUID))
	}
	return strings.Join(names, " ")
}
