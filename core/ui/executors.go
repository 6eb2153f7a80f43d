package ui

import (
	"net/http"
	"slices"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// executor is one with what it holds for whom.
type executor struct {
	api.Executor
	Leases []api.Lease
	Chips  []chip
	Room   int // slots and GPUs
}

// chip is a GPU or a slot, and who holds it.
type chip struct {
	Text string
	Run  run.ID // "": it is free
}

// executorsOf are executors with what they hold. In the leases, GPUs are named by
// their indexes then.
func executorsOf(all []api.Executor, leases []api.Lease) []executor {
	for i, l := range leases {
		leases[i].GPUs = gpuNames(all, l.Executor, l.GPUs)
	}
	var shown []executor
	for _, e := range all {
		one := executor{Executor: e, Room: e.CPUs + max(e.GPUs, len(e.Devices))}
		if e.Slots > 0 && !e.Local {
			one.Room = e.Slots
		}
		for _, l := range leases {
			if l.Executor == e.ID {
				one.Leases = append(one.Leases, l)
			}
		}
		one.chips()
		shown = append(shown, one)
	}
	return shown
}

// chips are the GPUs that are known, whoever holds them, and what else is held.
func (e *executor) chips() {
	shown := map[run.AttemptID]bool{}
	for _, d := range e.Devices {
		c := chip{Text: "GPU " + d.Index}
		for _, l := range e.Leases {
			if slices.Contains(l.GPUs, d.Index) {
				c.Text, c.Run = c.Text+" "+l.Flow, l.Run
				shown[l.Attempt] = true
			}
		}
		e.Chips = append(e.Chips, c)
	}
	for _, l := range e.Leases {
		if shown[l.Attempt] {
			continue
		}
		text := l.Flow
		for _, gpu := range l.GPUs {
			text = "GPU " + gpu + " " + text
		}
		e.Chips = append(e.Chips, chip{text, l.Run})
	}
}

// gpuNames are the names of GPUs of an executor for people: their indexes, where they
// are known.
func gpuNames(all []api.Executor, name string, gpus []string) []string {
	i := slices.IndexFunc(all, func(e api.Executor) bool { return e.ID == name })
	if i < 0 {
		return gpus
	}
	shown := slices.Clone(gpus)
	for k, gpu := range gpus {
		for _, d := range all[i].Devices {
			if gpu == d.Index || gpu == d.UUID || gpu == d.CDI {
				shown[k] = d.Index
			}
		}
	}
	return shown
}

func (p *Pages) executors(r *http.Request) (*page, error) {
	overview, err := p.api.Overview(r.Context())
	if err != nil {
		return nil, err
	}
	return &page{Title: "Executors", Tab: "Executors", Data: executorsOf(p.api.Executors(), overview.Leases), Sections: []string{"executors"}}, nil
}
