package commit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// quiet is how long the association of a request has to be quiet before the report
// is sent on it: most peers release it as soon as they can, and many of those that
// go on sending expect nothing but answers. Within, it is waited for.
const (
	quiet  = time.Second
	within = 30 * time.Second
)

// reportTimeout is for a peer to answer a report on the association of its request.
const reportTimeout = 30 * time.Second

// report tells a peer what was decided, and records what came of that.
func (c *Committer) report(ctx context.Context, one run.Commitment, log hclog.Logger) error {
	on, wait := c.same(one, time.Now())
	if wait > 0 {
		c.later(one.ID, wait)
		return nil
	}
	refs, failed, err := c.Store.CommitmentInstances(ctx, one.ID)
	if err != nil {
		return err
	}
	answer, err := c.tell(ctx, one, on, resultOf(one, refs, failed), log)
	if ctx.Err() != nil {
		return nil // the next Run reports it again
	}
	if err == nil && answer.Status.Failure() {
		err = &answered{answer}
	}
	now := time.Now()
	end, why := ended(one, err, now, c.Store.Running(), c.Pause().After(one.Tries+1), c.GiveUpAfter())
	if err := c.Store.EndReport(ctx, end); err != nil {
		if errors.As(err, new(*run.StateError)) {
			return nil // the peer has asked again meanwhile
		}
		return err
	}
	switch end.State {
	case run.CommitmentReported:
		log.Info("storage commitment reported", "instances", one.Instances, "not_committed", len(failed))
	case run.CommitmentFailed:
		log.Error("storage commitment not reported", problem.Fields("reason", why)...)
	default:
		log.Warn("storage commitment is reported again", append(problem.Fields("reason", why), "next", end.Next.Format(time.RFC3339))...)
		return nil
	}
	c.drop(one.ID)
	return nil
}

// same is the association on which a request was asked, if the report can be sent
// on it; nil: it cannot. While that is not known, wait is when to look again.
func (c *Committer) same(one run.Commitment, now time.Time) (on Association, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	on = c.open[one.ID]
	if on == nil {
		return nil, 0
	}
	since, open := on.Quiet()
	switch {
	case !open || now.Sub(one.Asked) > within && since < quiet:
		delete(c.open, one.ID)
		return nil, 0
	case since < quiet:
		return nil, quiet - since
	}
	return on, 0
}

// tell sends a report on one association or another. What a peer refuses for good on
// the association of its request it may take on another, where it expects reports.
func (c *Committer) tell(ctx context.Context, one run.Commitment, on Association, result commitment.Result, log hclog.Logger) (dimse.Answer, error) {
	if on == nil {
		return c.Reporter.ReportTo(ctx, one.Peer, result)
	}
	timed, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	refusal, err := on.Report(timed, result)
	switch {
	case err != nil:
		log.Debug("storage commitment not reported on the association of its request", "error", err)
		return c.Reporter.ReportTo(ctx, one.Peer, result)
	case !refusal.Status.Failure() || refusal.Status.Retryable():
		return refusal, nil
	}
	c.drop(one.ID) // it is not asked there again
	answer, err := c.Reporter.ReportTo(ctx, one.Peer, result)
	if err != nil {
		err = fmt.Errorf("%w, and on the association of its request the peer answered %v", err, refusal)
	}
	return answer, err
}

func (c *Committer) drop(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
	delete(c.wait, id)
}

// answered is the answer of a peer that did not take a report.
type answered struct{ dimse.Answer }

func (a *answered) Error() string { return "the peer answered " + a.String() }

// ended is how a try at a report ended, and why. What was not taken is tried again
// after a pause, unless the peer refused it for good, or the time of running after
// which it is given up is over then.
func ended(one run.Commitment, err error, now time.Time, running, pause, giveUpAfter time.Duration) (run.CommitmentEnd, error) {
	end := run.CommitmentEnd{ID: one.ID, State: run.CommitmentReported, At: now}
	if err == nil {
		return end, nil
	}
	var answer *answered
	switch {
	case errors.As(err, &answer) && !answer.Status.Retryable():
		end.State = run.CommitmentFailed
	case running-one.Since+pause > giveUpAfter:
		end.State, err = run.CommitmentFailed, fmt.Errorf("given up after %d tries: %w", one.Tries+1, err)
	default:
		end.State, end.Next = run.CommitmentDecided, now.Add(pause)
	}
	end.Reason = err.Error()
	return end, err
}

// resultOf is what was decided about the instances of a request.
func resultOf(one run.Commitment, refs []run.Reference, failed []run.Uncommitted) commitment.Result {
	result := commitment.Result{Transaction: one.Transaction, Failed: failed}
	not := map[run.Reference]bool{}
	for _, f := range failed {
		not[f.Reference] = true
	}
	for _, ref := range refs {
		if !not[ref] {
			result.Committed = append(result.Committed, ref)
		}
	}
	return result
}

// Associations reports on associations that it requests.
type Associations struct {
	// Dialer returns what requests associations with a peer, and its address.
	Dialer func(run.Sender) (*dimse.Dialer, string, error)
}

// ReportTo reports a result to a peer, as the provider of storage commitment.
func (a Associations) ReportTo(ctx context.Context, to run.Sender, result commitment.Result) (dimse.Answer, error) {
	dialer, address, err := a.Dialer(to)
	if err != nil {
		return dimse.Answer{}, err
	}
	association, err := dialer.Dial(ctx, address, []dimse.PresentationContext{{
		AbstractSyntax:   dcm.StorageCommitment,
		TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian},
		Provider:         true,
	}})
	if err != nil {
		return dimse.Answer{}, err
	}
	defer association.Abort() // unless it is released
	if len(association.Contexts()) == 0 || !association.MayReport(dcm.StorageCommitment) {
		_ = association.Release(ctx)
		return dimse.Answer{}, problem.New("the peer at "+address+" takes no reports of storage commitment",
			"it has to accept the SOP class "+string(dcm.StorageCommitment)+" from a provider (role SCP)")
	}
	answer, err := association.EventReport(ctx, notice(result, association.Contexts()[0].TransferSyntax))
	if err == nil {
		_ = association.Release(ctx) // the answer is here
	}
	return answer, err
}
