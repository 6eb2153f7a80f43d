package operate

import (
	"context"
	"errors"
	"testing"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

func (s *store) Drain(_ context.Context, e run.Entry) error {
	s.entries = append(s.entries, e)
	return s.fail
}

func (s *store) Undrain(ctx context.Context, e run.Entry) error { return s.Drain(ctx, e) }

func TestDrain(t *testing.T) {
	s := &store{}
	o, _ := operator(t, s)
	read := 0
	o.Executors = func() []string { return []string{"docker", "slurm"} }
	o.ReadDrained = func(context.Context) error { read++; return nil }
	check(t, o.Drain(t.Context(), "slurm", anna))
	check(t, o.Undrain(t.Context(), "slurm", anna))
	if len(s.entries) != 2 || s.entries[0].ID != "slurm" || s.entries[0].Action != run.Drain || s.entries[1].Action != run.Undrain || read != 2 {
		t.Errorf("entries %+v, read %d times", s.entries, read)
	}
	err := o.Drain(t.Context(), "slur", anna)
	if !errors.Is(err, state.ErrNotFound) || problem.Advice(err) != "the executors of this site are docker, slurm" {
		t.Errorf("an unknown executor: %v", err)
	}
	s.fail = errors.New("disk I/O error")
	if err := o.Drain(t.Context(), "slurm", anna); !errors.Is(err, s.fail) || read != 2 {
		t.Errorf("a store that fails: %v", err)
	}
}
