package api

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Commitment is a request of a peer for storage commitment.
type Commitment struct {
	ID        int64               `json:"id"`
	State     run.CommitmentState `json:"state"`
	CallingAE string              `json:"calling_ae"`
	CalledAE  string              `json:"called_ae"`
	Address   string              `json:"address"`
	Asked     time.Time           `json:"asked"`               // last
	Instances int                 `json:"instances"`           // that it asks for
	Committed *int                `json:"committed,omitempty"` // left out until that is decided
	Tries     int                 `json:"tries"`               // at the report
	NextTry   *time.Time          `json:"next_try,omitempty"`
	Reason    string              `json:"reason,omitempty"` // why the report was not taken
	Finished  *time.Time          `json:"finished,omitempty"`
}

func commitmentOf(c run.Commitment) Commitment {
	shown := Commitment{
		ID: c.ID, State: c.State, CallingAE: string(c.Peer.CallingAE), CalledAE: string(c.Peer.CalledAE), Address: c.Peer.Address,
		Asked: c.Asked, Instances: c.Instances, Tries: c.Tries, Reason: c.Reason, Finished: when(c.Finished),
	}
	if c.State != run.CommitmentAsked {
		shown.Committed = &c.Committed
	}
	if c.State == run.CommitmentDecided && c.Tries > 0 {
		shown.NextTry = when(c.NextTry)
	}
	return shown
}

// newestCommitments is how many requests are listed.
const newestCommitments = 100

// Commitments lists the newest requests of peers for storage commitment, newest
// first.
func (s *Server) Commitments(ctx context.Context) ([]Commitment, error) {
	all, err := s.from.DB.Commitments(ctx, newestCommitments)
	return convert(all, commitmentOf), err
}

// openCommitments are those that are not reported yet. What keeps the database from
// answering is among the problems.
func (s *Server) openCommitments(ctx context.Context) []Commitment {
	open, err := s.from.DB.OpenCommitments(ctx)
	if err != nil {
		s.from.Logger.Debug("requests for storage commitment not listed", "error", err)
	}
	if len(open) == 0 {
		return nil
	}
	return convert(open, commitmentOf)
}

// Commitments lists the newest requests of peers for storage commitment, newest
// first.
func (c *Client) Commitments(ctx context.Context) (all []Commitment, err error) {
	err = c.get(ctx, "/v1/commitments", &all)
	return all, err
}
