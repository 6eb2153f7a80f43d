package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// digests makes those that are due. One that was due while no agent ran comes late.
func (n *Notifier) digests(ctx context.Context, s *teller) error {
	for _, block := range s.site.Notify {
		if !block.Tells(run.NoticeDigest) {
			continue
		}
		due, next := s.told.Digests[block.Name], nextDigest(s.now, block.DigestAt)
		switch {
		case due.Due.IsZero():
			s.digestDue(block.Name, run.DigestDue{From: s.now, Due: next})
			continue
		case due.Due.After(next): // it has another time now, or the clock was set back
			s.digestDue(block.Name, run.DigestDue{From: due.From, Due: next})
			continue
		case s.now.Before(due.Due):
			continue
		}
		digest, err := n.digest(ctx, s, block, due.From)
		if err != nil {
			return err
		}
		s.post(block, "", run.MessageContent{Kind: "digest", Title: digestTitle(digest), Events: []run.Notice{}, Digest: digest})
		s.digestDue(block.Name, run.DigestDue{From: s.now, Due: next})
	}
	return nil
}

func (s *teller) digestDue(name string, due run.DigestDue) {
	if s.due == nil {
		s.due = make(map[string]run.DigestDue)
	}
	s.due[name], s.changed = due, true
}

// nextDigest is the next moment at which it is so long after midnight by this
// host's clock.
func nextDigest(now time.Time, at time.Duration) time.Time {
	year, month, day := now.Date()
	hours, minutes := int(at/time.Hour), int(at%time.Hour/time.Minute)
	next := time.Date(year, month, day, hours, minutes, 0, 0, now.Location())
	if !next.After(now) {
		next = time.Date(year, month, day+1, hours, minutes, 0, 0, now.Location())
	}
	return next
}

// digest counts what a block tells of.
func (n *Notifier) digest(ctx context.Context, s *teller, block config.Notify, from time.Time) (*run.Digest, error) {
	d := &run.Digest{From: from, To: s.now, Flows: []run.FlowDigest{}, Troubles: []string{}}
	flows, err := n.Store.FlowDigests(ctx, from, s.now)
	if err != nil {
		return nil, err
	}
	for _, f := range flows {
		if block.OfFlow(f.Flow) {
			d.Flows = append(d.Flows, f)
		}
	}
	backlog, err := n.Store.Backlog(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range backlog.Deliveries {
		d.Undelivered += b.Pending + b.Sending + b.Uncommitted
		d.OldestSeconds = max(d.OldestSeconds, int64(b.Oldest/time.Second))
	}
	for _, state := range run.HeldArrivals() {
		d.HeldArrivals += backlog.Arrivals[state]
	}
	for _, state := range run.HeldRuns() {
		d.HeldRuns += backlog.Runs[state]
	}
	for _, t := range s.told.Troubles {
		if t.Notify == block.Name {
			d.Troubles = append(d.Troubles, fmt.Sprintf("%s %s: %s since %s", t.Subject.Thing, oneLine(t.Subject.Name, longestTitle), t.Kind, clock(t.Since)))
		}
	}
	if n.Disk == nil {
		return d, nil
	}
	free, days, known, err := n.Disk(ctx)
	if err != nil { // the rest is worth telling
		n.Logger.Warn("the digest does not tell of the disk", "notify", block.Name, "error", err)
		return d, nil
	}
	if d.DiskFree = free; known {
		d.DiskDaysLeft = &days
	}
	return d, nil
}

func clock(t time.Time) string { return t.Format("2006-01-02 15:04") }

func digestTitle(d *run.Digest) string {
	done, failed := 0, 0
	for _, f := range d.Flows {
		done, failed = done+f.Done, failed+f.Failed
	}
	full := ""
	if d.DiskNearlyFull() {
		full = ", the disk is nearly full"
	}
	return fmt.Sprintf("%s done, %d failed, %d held, %d undelivered%s", problem.Counted(done, "run"), failed, d.HeldArrivals+d.HeldRuns, d.Undelivered, full)
}
