package commit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// How many requests may be open: to be decided or reported.
const (
	mostOfPeer = 100
	mostOpen   = 1000
)

// On takes the requests of an association.
func (c *Committer) On(a *dimse.Association) dimse.Performer { return &asking{c, a, nil} }

type asking struct {
	*Committer
	association *dimse.Association
	same        func() Association // nil: the association
}

// Action takes a request: success means that it is recorded.
func (a *asking) Action(ctx context.Context, r *dimse.ActionRequest) dimse.Status {
	switch {
	case r.SOPInstanceUID != dcm.StorageCommitmentInstance:
		return r.Refuse(dimse.NoSuchObjectInstance, "the one instance is "+string(dcm.StorageCommitmentInstance))
	case r.ActionType != commitment.ActionRequest:
		return r.Refuse(dimse.NoSuchAction, "the one action is 1, request storage commitment")
	}
	request, err := commitment.ReadRequest(r.Data, r.TransferSyntaxUID)
	switch {
	case errors.Is(err, commitment.ErrTooLong):
		return r.Refuse(dimse.ResourceLimitation, err.Error())
	case err != nil:
		return r.Refuse(dimse.InvalidArgument, err.Error())
	}
	peer := access.SenderOf(a.association.CallingAE, a.association.CalledAE, a.association.RemoteAddr)
	row := run.Commitment{Peer: peer, Transaction: request.Transaction, Asked: time.Now(), Since: a.Store.Running()}
	id, err := a.Store.AskCommitment(ctx, row, request.References, ask)
	var no *refusal
	switch {
	case errors.As(err, &no):
		return r.Refuse(no.status, no.why)
	case err != nil:
		a.Logger.Error("storage commitment not recorded", "peer", peer.Address, "calling", peer.CallingAE, "error", err)
		return r.Refuse(dimse.ProcessingFailure, "the request cannot be recorded now; try again later")
	}
	a.Logger.Info("storage commitment asked for", "commitment", id, "peer", peer.Address, "calling", peer.CallingAE, "instances", len(request.References))
	if a.Asked != nil {
		a.Asked(peer)
	}
	var on Association = onSame{a.association, r.TransferSyntaxUID}
	if a.same != nil {
		on = a.same()
	}
	a.remember(id, on)
	a.Wake()
	return dimse.Success
}

// remember keeps the association on which a request was asked last.
func (c *Committer) remember(id int64, on Association) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[id] = on
	delete(c.wait, id)
}

// refusal is why a request is not recorded.
type refusal struct {
	status dimse.Status
	why    string
}

func (r *refusal) Error() string { return r.why }

// ask decides whether a request is recorded. One that was made before is decided
// again, whatever came of it: what was there then may be gone.
func ask(before *run.Commitment, same bool, ofPeer, all int) (bool, error) {
	switch {
	case before != nil && !same:
		return false, &refusal{dimse.DuplicateTransaction, "this transaction UID was used for other instances"}
	case before != nil:
		return before.State != run.CommitmentAsked, nil
	case ofPeer >= mostOfPeer:
		return false, &refusal{dimse.ResourceLimitation, fmt.Sprintf("%d requests of this peer are open", ofPeer)}
	case all >= mostOpen:
		return false, &refusal{dimse.ResourceLimitation, fmt.Sprintf("%d requests are open", all)}
	}
	return true, nil
}

// onSame reports on the association on which a request was asked.
type onSame struct {
	*dimse.Association
	syntax dcm.UID
}

// Report reports a result.
func (a onSame) Report(ctx context.Context, r commitment.Result) (dimse.Answer, error) {
	return a.EventReport(ctx, notice(r, a.syntax))
}

func notice(r commitment.Result, syntax dcm.UID) dimse.Notice {
	return dimse.Notice{
		SOPClassUID: dcm.StorageCommitment, SOPInstanceUID: dcm.StorageCommitmentInstance, Type: r.EventType(),
		TransferSyntaxUID: syntax, Data: r.Encode(syntax),
	}
}
