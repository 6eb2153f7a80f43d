package assemble

import (
	"context"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// Recover ends the arrivals that are in state receiving although no association
// is open for them: those that an earlier agent left, and those whose end could
// not be recorded when it came. One that cannot be recovered keeps no other
// from it.
func (a *Assembler) Recover(ctx context.Context, receiving Receiving) error {
	associations, err := a.Store.Associations(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, association := range associations {
		id := association.Arrival
		if receiving.Open(id) {
			continue
		}
		err := a.recover(ctx, association, receiving.Released(id))
		var moved *run.StateError
		// moved: its association has ended meanwhile, in the ordinary way
		if err != nil && !errors.As(err, &moved) {
			errs = append(errs, fmt.Errorf("recover arrival %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (a *Assembler) recover(ctx context.Context, association run.Content, released bool) error {
	arrival := association.Arrival
	files, err := a.Store.Recorded(ctx, arrival)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(files))
	for _, file := range files {
		known[file] = true
	}
	if len(files) > 0 && association.Rule == flow.ByAssociation && !association.Shared {
		// nothing grouped what is recorded, so a rule of now would group a part
		a.ask(arrival, []flow.Rule{flow.ByAssociation})
	}
	objects, err := a.Spool.Recover(arrival, func(file string) bool { return known[file] })
	if err != nil {
		a.Logger.Error("some of an arrival's files cannot be read; they are kept", "arrival", arrival, "error", err)
	}
	if released {
		return a.Released(ctx, arrival, objects)
	}
	return a.Aborted(ctx, arrival, objects, "its end was not recorded")
}
