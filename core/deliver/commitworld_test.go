package deliver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// asked is a transaction that a destination was asked for.
type asked struct {
	uid      dcm.UID
	delivery int64
	tries    int
}

func (p *process) Uncommitted(ctx context.Context) (open []run.Delivery, err error) {
	err = p.call(ctx, "Uncommitted", func() error {
		for _, d := range p.deliveries {
			if d.State == run.DeliveryUncommitted {
				open = append(open, *d)
			}
		}
		slices.SortFunc(open, func(a, b run.Delivery) int { return a.NextTry.Compare(b.NextTry) })
		return nil
	})
	return open, err
}

func (p *process) TryCommit(ctx context.Context, try run.CommitTry) error {
	return p.call(ctx, "TryCommit", func() error {
		d := p.find(try.Delivery)
		if d.State != run.DeliveryUncommitted || d.Tries != try.Tries {
			return &run.StateError{Thing: "delivery", From: string(d.State), To: string(run.DeliveryUncommitted)}
		}
		d.Reason, d.NextTry, d.Asks = try.Reason, try.Next, d.Asks+len(try.Transactions)
		for _, uid := range try.Transactions {
			p.asked = append(p.asked, asked{uid, try.Delivery, try.Tries})
		}
		if len(try.Transactions) == 0 && try.Reason != notYet {
			p.log("%d: %s", d.ID, try.Reason)
		}
		return nil
	})
}

func (p *process) ReportCommitment(ctx context.Context, uid dcm.UID, decide run.Report, finish run.Finish) (changed run.DeliveryState, err error) {
	err = p.call(ctx, "ReportCommitment", func() error {
		i := slices.IndexFunc(p.asked, func(a asked) bool { return a.uid == uid })
		if i < 0 {
			return state.ErrNotFound
		}
		d := p.find(p.asked[i].delivery)
		if d.State != run.DeliveryUncommitted {
			return nil
		}
		r := decide(run.AskedCommit{Delivery: *d, Objects: slices.Clone(p.objects[d.ID]), Tries: p.asked[i].tries})
		p.results(r.Objects)
		if changed = r.End.State; changed == run.DeliveryUncommitted {
			return nil
		}
		return p.ends(r.End, finish)
	})
	return changed, err
}

func (p *process) Terms(to run.Destination) (Terms, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Terms{Within: 6 * time.Hour, Wait: 5 * time.Second}, p.commits[to.Host] != ""
}

func (p *process) CommitLine(to run.Destination) string { return to.Host + " commitment" }

// Ask is a peer that is asked for commitment, and behaves as it was told.
func (p *process) Ask(ctx context.Context, to run.Destination, requests []commitment.Request, wait time.Duration, take Take) error {
	p.mu.Lock()
	how := p.commits[to.Host]
	for _, r := range requests {
		p.log("%d: %s is asked to commit to %d", p.find(p.asked[len(p.asked)-1].delivery).ID, to.Host, len(r.References))
	}
	p.mu.Unlock()
	switch how {
	case "down":
		return errors.New("connection refused")
	case "hangs":
		<-ctx.Done()
		return ctx.Err()
	case "loses": // the first of them, and goes on for a while
		for _, r := range requests {
			lost := run.Uncommitted{Reference: r.References[0], Reason: uint16(dimse.NoSuchObjectInstance)}
			take(ctx, eventOf(commitment.Result{Transaction: r.Transaction, Failed: []run.Uncommitted{lost}}))
		}
		time.Sleep(10 * time.Second)
	case "apart": // a second later, unless it is waited for
		go func() {
			time.Sleep(time.Second)
			for _, r := range requests {
				p.deliverer.EventReport(context.WithoutCancel(ctx), eventOf(commitment.Result{Transaction: r.Transaction, Committed: r.References}))
			}
		}()
		time.Sleep(wait)
	case "at-once":
		for _, r := range requests {
			take(ctx, eventOf(commitment.Result{Transaction: r.Transaction, Committed: r.References}))
		}
	}
	return nil
}

func eventOf(r commitment.Result) *dimse.EventRequest {
	return &dimse.EventRequest{EventType: r.EventType(), Notified: dimse.Notified{
		SOPClassUID: dcm.StorageCommitment, SOPInstanceUID: dcm.StorageCommitmentInstance,
		TransferSyntaxUID: dcm.ExplicitVRLittleEndian, Data: bytes.NewReader(r.Encode(dcm.ExplicitVRLittleEndian)),
	}}
}

// report has a destination report on the last transaction of a delivery, or on the
// nth from its end: it commits to all but files with a reason, as in a=0112.
func (s *story) report(id int64, back int, words []string) {
	s.mu.Lock()
	var uids []dcm.UID
	for _, a := range s.asked {
		if a.delivery == id {
			uids = append(uids, a.uid)
		}
	}
	result := commitment.Result{Transaction: "2.25.1"}
	if len(uids) > back {
		result.Transaction = uids[len(uids)-1-back]
	}
	for _, o := range s.objects[id] {
		ref := run.Reference{SOPClassUID: o.SOPClassUID, SOPInstanceUID: o.SOPInstanceUID}
		i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, filepath.Base(o.File)+"=") })
		if i < 0 {
			result.Committed = append(result.Committed, ref)
			continue
		}
		var reason uint16
		if _, err := fmt.Sscanf(words[i][strings.Index(words[i], "=")+1:], "%x", &reason); err == nil {
			result.Failed = append(result.Failed, run.Uncommitted{Reference: ref, Reason: reason})
		}
	}
	s.mu.Unlock()
	status := s.process.deliverer.EventReport(s.Context(), eventOf(result))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log("%d: its report is answered %v", id, cmp.Or(status.String(), "nothing"))
}
