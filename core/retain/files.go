package retain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// removalKey names a removal.
type removalKey struct {
	kind run.RemovalKind
	seq  int64
}

// failure is a removal that could not be done to its end.
type failure struct {
	tries int
	next  time.Time
}

// resume goes on with what is recorded and not done: what a crash left, and
// what could not be removed when it was tried last.
func (r *Retainer) resume(ctx context.Context) error {
	pending, err := r.Store.Removals(ctx)
	if err != nil {
		return err
	}
	for _, m := range pending {
		if known, ok := r.failed[removalKey{m.Kind, m.Seq}]; ok && time.Now().Before(known.next) {
			continue
		}
		if err := r.remove(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// remove removes the files of a recorded removal. The error is one of the store
// or of ctx: files that cannot be removed are told of, and tried again later.
func (r *Retainer) remove(ctx context.Context, m run.Removal) error {
	pace := pacer{ctx: ctx, began: time.Now()}
	var done spool.Removed
	var err error
	switch m.Kind {
	case run.RemoveObjects:
		done, err = r.removeObjects(ctx, m, pace.step)
	case run.RemoveOutputs:
		done = r.Files.RemoveOutputs(run.ID(m.ID), pace.step)
	case run.RemoveLogs:
		done = r.Files.RemoveLogs(run.ID(m.ID), func() error {
			err = r.stands(ctx, m)
			return err
		}, pace.step)
		if errors.Is(err, errTriedAgain) {
			return nil
		}
	}
	r.counted.add(m.Kind, done.Files, done.Bytes)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case done.Err != nil:
		return r.fail(ctx, m, done)
	}
	delete(r.failed, removalKey{m.Kind, m.Seq})
	r.counted.stuck(len(r.failed))
	r.Logger.Debug("files removed", r.words(m, "files", done.Files, "bytes", done.Bytes)...)
	return r.Store.RemovalDone(ctx, m)
}

// errTriedAgain says that the logs of a run stay, because it prints again.
var errTriedAgain = errors.New("the run was tried again")

// stands returns an error if a removal does not stand any more: an operator has had
// its run tried again since it was read.
func (r *Retainer) stands(ctx context.Context, m run.Removal) error {
	pending, err := r.Store.Removals(ctx)
	if err == nil && !slices.ContainsFunc(pending, func(p run.Removal) bool { return p.Kind == m.Kind && p.Seq == m.Seq }) {
		err = errTriedAgain
	}
	return err
}

// removeObjects removes the files of an arrival's objects, but those that
// another arrival needs.
func (r *Retainer) removeObjects(ctx context.Context, m run.Removal, step spool.Step) (all spool.Removed, err error) {
	for after := int64(0); ; {
		objects, err := r.Store.UnneededObjects(ctx, m.Seq, after, page)
		if err != nil {
			return all, err
		}
		files := make([]string, len(objects))
		for i, o := range objects {
			files[i] = o.File
		}
		done := r.Files.RemoveObjects(run.ArrivalID(m.ID), files, r.Open, step)
		all.Files, all.Bytes, all.Kept = all.Files+done.Files, all.Bytes+done.Bytes, all.Kept+done.Kept
		if all.Err == nil {
			all.Err = done.Err
		}
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if len(objects) < page {
			return all, nil
		}
		after = objects[page-1].ID
	}
}

// fail tells of files that cannot be removed, once while the agent runs, and has
// them tried again.
func (r *Retainer) fail(ctx context.Context, m run.Removal, done spool.Removed) error {
	key := removalKey{m.Kind, m.Seq}
	known, again := r.failed[key]
	known.tries++
	known.next = time.Now().Add(stubborn.After(known.tries))
	if r.failed == nil {
		r.failed = make(map[removalKey]failure)
	}
	r.failed[key] = known
	r.counted.stuck(len(r.failed))
	reason := fmt.Sprintf("%d files or folders cannot be removed: %v", done.Kept, done.Err)
	if !again {
		err := &problem.Error{Op: "remove", Object: string(m.Kind), Cause: done.Err,
			Advice: "see who owns them; an agent that is not root cannot remove what containers wrote as other users. It is tried again every hour"}
		r.Logger.Error("files cannot be removed", r.words(m, append([]any{"kept", done.Kept}, problem.Fields("error", err)...)...)...)
	}
	if m.Reason == reason {
		return nil
	}
	return r.Store.RemovalFailed(ctx, m, reason)
}

// words are the keys of a log line about a removal, with others.
func (r *Retainer) words(m run.Removal, others ...any) []any {
	key := "run"
	if m.Kind == run.RemoveObjects {
		key = "arrival"
	}
	return append([]any{key, m.ID, "kind", string(m.Kind)}, others...)
}

// pacer leaves the disk to others for about as long as it takes it: who receives
// an object waits for the same journal.
type pacer struct {
	ctx   context.Context
	began time.Time
	files int
}

// step is called after each file.
func (p *pacer) step() error {
	p.files++
	if p.files%8 != 0 {
		return p.ctx.Err()
	}
	err := wake.Sleep(p.ctx, min(max(time.Since(p.began), time.Millisecond), 100*time.Millisecond))
	p.began = time.Now()
	return err
}
