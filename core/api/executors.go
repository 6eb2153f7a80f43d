package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// Executor is an executor instance of the site.
type Executor struct {
	ID           string            `json:"id"`
	State        string            `json:"state"` // "healthy", "unhealthy", "undetected", "starting" or "draining"
	Plugin       string            `json:"plugin"`
	Version      string            `json:"version,omitempty"` // of the plugin
	Capabilities []string          `json:"capabilities"`      // besides running tasks
	Backend      string            `json:"backend,omitempty"`
	Message      string            `json:"message,omitempty"`
	Drained      *Drained          `json:"drained,omitempty"`      // it gets no new task
	Local        bool              `json:"local"`                  // it shares the host's CPUs and GPUs with other executors
	CPUs         int               `json:"cpus"`                   // tasks without a GPU at once, by the site's configuration
	Slots        int               `json:"slots"`                  // tasks at once that the backend takes; 0: it sets no limit
	GPUs         int               `json:"gpus"`                   // that the site gives to it
	ClusterGPUs  int               `json:"cluster_gpus,omitempty"` // that its backend gives to one task by itself
	Devices      []Device          `json:"devices"`
	Attributes   map[string]string `json:"attributes,omitempty"`
}

// Drained is since when an executor gets no new task, and by whom.
type Drained struct {
	Since time.Time `json:"since"`
	By    string    `json:"by"`
	Tasks int       `json:"tasks"` // that it still has
}

// Device is a GPU, or a part of one, that an executor's backend tells of.
type Device struct {
	Index string `json:"index"`
	UUID  string `json:"uuid,omitempty"`
	CDI   string `json:"cdi,omitempty"`
}

// Tell fills in what a plugin has told of itself and of its backend.
func (e *Executor) Tell(description sdk.Description, fingerprint sdk.Fingerprint) {
	e.Version, e.Capabilities = description.Version, CapabilityNames(description.Capabilities)
	e.Backend, e.Local, e.Slots, e.Attributes = fingerprint.Backend, fingerprint.Local, fingerprint.Slots, fingerprint.Attributes
	e.ClusterGPUs = fingerprint.ClusterGPUs
	e.Devices = convert(fingerprint.GPUs, func(d sdk.Device) Device { return Device{Index: d.Index, UUID: d.UUID, CDI: d.CDI} })
}

// CapabilityNames names the optional calls that an executor has.
func CapabilityNames(c sdk.Capabilities) []string {
	names := []string{}
	for _, one := range []struct {
		name string
		has  bool
	}{{"logs", c.Logs}, {"stats", c.Stats}, {"prefetch", c.Prefetch}, {"images", c.Images}} {
		if one.has {
			names = append(names, one.name)
		}
	}
	return names
}

// Fleet is the executors of a site; [fleet.Fleet] is one.
type Fleet interface{ Statuses() []fleet.Status }

// Executors lists the executors of the site.
func (s *Server) Executors() []Executor { return convert(s.from.Fleet.Statuses(), executorOf) }

// Executor returns the executor with a name.
func (s *Server) Executor(name string) (Executor, error) {
	all := s.Executors()
	i := slices.IndexFunc(all, func(e Executor) bool { return e.ID == name })
	if i < 0 {
		return Executor{}, fmt.Errorf("executor %q: %w", name, state.ErrNotFound)
	}
	return all[i], nil
}

func executorOf(e fleet.Status) Executor {
	shown := Executor{ID: e.Instance, State: string(e.Health), Plugin: e.Plugin, Message: e.Message, CPUs: e.CPUs, GPUs: e.GPUs}
	if e.Drained != nil {
		shown.Drained = &Drained{Since: e.Drained.Since, By: e.Drained.By, Tasks: e.Tasks}
	}
	shown.Tell(e.Description, e.Fingerprint)
	return shown
}

// Executors returns the site's executors.
func (c *Client) Executors(ctx context.Context) (all []Executor, err error) {
	err = c.get(ctx, "/v1/executors", &all)
	return all, err
}
