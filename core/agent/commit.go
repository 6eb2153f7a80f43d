package agent

import (
	"time"

	"github.com/raddeploy/raddeploy/core/commit"
	"github.com/raddeploy/raddeploy/core/internal/wake"
)

// newCommitter makes what answers peers that ask for storage commitment.
func (a *Agent) newCommitter() *commit.Committer {
	c := commit.New()
	c.Store, c.Files, c.Receiving = a.DB, a.Spool, a.receiver
	c.Reporter = commit.Associations{Dialer: a.outward.Reports}
	c.Pause = func() wake.Backoff {
		d := a.Site.Site().Delivery
		return wake.Backoff{First: d.RetryMin, Longest: d.RetryMax}
	}
	c.GiveUpAfter = a.Site.GiveUpAfter
	c.Keep = func() time.Duration { return a.Site.Site().Retention.Runs }
	c.Asked = a.register.AskedCommitment
	c.Logger = a.logger.Named("commit")
	return c
}
