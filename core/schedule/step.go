package schedule

import (
	"context"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/core/state"
)

// step starts what can be started.
func (s *Scheduler) step(ctx context.Context) {
	board := s.Fleet.Board()
	s.refuse(ctx, board)
	s.wakeResting(time.Now())
	if now := time.Now(); !now.Before(s.beginAt) && !s.noRoom(now) {
		s.place(ctx, board)
	}
	s.tell(ctx, time.Now())
}

func (s *Scheduler) place(ctx context.Context, board []plan.Executor) {
	decision := s.queue.Place(board)
	for _, p := range decision.Start {
		s.begin(ctx, p)
	}
	for _, v := range decision.Impossible {
		if open := s.runs[v.Run]; open != nil {
			s.refuseTask(ctx, open, v.Task, v.Reason)
		}
	}
}

// wakeResting queues the tasks whose backoff is over.
func (s *Scheduler) wakeResting(now time.Time) {
	s.resting = slices.DeleteFunc(s.resting, func(r rest) bool {
		if now.Before(r.until) {
			return false
		}
		if s.runs[r.open.run.ID] == r.open && r.open.tasks[r.task].State == run.TaskPending {
			s.enqueue(r.open, []int{r.task})
		}
		return true
	})
}

// capability is what of an executor decides whether it may ever run a task.
type capability struct {
	instance     string
	up, siteGPUs bool
	slots        bool
	gpus         int
	clusterGPUs  int
}

func capabilities(board []plan.Executor) []capability {
	all := make([]capability, len(board))
	for i, e := range board {
		all[i] = capability{e.Instance, e.Up, e.SiteGPUs, e.AllCPUs > 0, len(e.GPUs), e.ClusterGPUs}
	}
	return all
}

// refuse fails the tasks of new runs that no executor of the site may ever run,
// at once, whether their inputs exist or not. Those of which that is unknown are
// looked at again when an executor has changed.
func (s *Scheduler) refuse(ctx context.Context, board []plan.Executor) {
	check := s.fresh
	s.fresh = nil
	if known := capabilities(board); !slices.Equal(known, s.known) {
		check = append(check, s.unsure...)
		s.known, s.unsure = known, nil
	}
	fits := make(map[plan.Ask]fit)
	for _, open := range check {
		if s.runs[open.run.ID] == open && s.refuseOf(ctx, open, board, fits) {
			s.unsure = append(s.unsure, open)
		}
	}
}

// fit is the answer to an ask.
type fit struct {
	answer plan.Answer
	misfit *plan.Misfit
}

// refuseOf fails the impossible tasks of one run. Unsure: of some it is unknown.
func (s *Scheduler) refuseOf(ctx context.Context, open *openRun, board []plan.Executor, fits map[plan.Ask]fit) (unsure bool) {
	for i, task := range open.tasks {
		if task.State != run.TaskPending {
			continue
		}
		ask := open.ready(i).Ask()
		f, asked := fits[ask]
		if !asked {
			f.answer, f.misfit = plan.FitAny(ask, board)
			fits[ask] = f
		}
		if f.misfit != nil {
			s.refuseTask(ctx, open, i, f.misfit.Error())
		}
		unsure = unsure || f.answer == plan.Unknown
	}
	return unsure
}

// refuseTask settles that a task may never run.
func (s *Scheduler) refuseTask(ctx context.Context, open *openRun, task int, reason string) {
	s.queue.Remove(open.run.ID, task)
	s.happened(open, event{outcome: plan.Outcome{Task: task, Blame: plan.Final, Reason: reason}})
	s.book(ctx, open)
}

const (
	// tellMost is how many tasks' reasons are recorded in one commit, and
	// tellInterval the pause before the next: outcomes stand before them.
	tellMost     = 500
	tellInterval = 100 * time.Millisecond
)

// telling is that reasons for waiting were recorded, or could not be.
type telling struct {
	verdicts []plan.Verdict
	err      error
}

// tell records what tasks wait for, where that has changed, beside all else.
func (s *Scheduler) tell(ctx context.Context, now time.Time) {
	if s.recording || now.Before(s.nextTell) {
		return
	}
	news := s.queue.Waiting(tellMost)
	if len(news) == 0 {
		return
	}
	waiting := make([]state.Waiting, len(news))
	for i, v := range news {
		waiting[i] = state.Waiting(v)
	}
	s.recording = true
	s.working.Go(func() {
		err := s.Ledger.SetWaiting(ctx, waiting)
		select {
		case s.told <- telling{news, err}:
		case <-ctx.Done():
		}
	})
}

func (s *Scheduler) recorded(t telling) {
	s.recording, s.nextTell = false, time.Now().Add(tellInterval)
	if t.err != nil {
		s.Logger.Warn("cannot record what tasks wait for; retrying", "tasks", len(t.verdicts), "error", t.err)
		s.queue.Untell(t.verdicts)
		s.nextTell = time.Now().Add(retryInterval)
	}
	for _, v := range t.verdicts {
		if open := s.runs[v.Run]; open != nil && open.tasks[v.Task].State == run.TaskPending && t.err == nil {
			open.tasks[v.Task].Reason = v.Reason
		}
	}
}
