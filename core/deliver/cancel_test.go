package deliver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
)

// What a peer took before stays sent; nothing more is sent, and the destination
// is free for others at once.
func TestCancelOfARunThatIsSent(t *testing.T) {
	tell(t, `
		> pacs hangs
		> start
		> delivery 1 R pacs a
		> delivery 2 R archive a
		> delivery 3 S pacs a
		> wake
		1: sending
		1: lists 1 files
		1: to pacs: a
		2: sending
		2: lists 1 files
		2: to archive: a
		2: a is sent
		2: sent
		> pacs takes
		> cancel R
		3: sending
		3: lists 1 files
		3: to pacs: a
		3: a is sent
		3: sent
		S: done
		> next
	`)
}

func TestCancelBetweenTwoTries(t *testing.T) {
	tell(t, `
		> pacs rejects
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: pending: association rejected
		> pacs takes
		> cancel R
		> next
	`)
}

// The row was abandoned after it was read, and before its try was recorded.
func TestCancelAsATryBegins(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> late BeginTry
		> start
		> cancel R
		> next
		> delivery 2 S pacs a
		> next
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: a is sent
		2: sent
		S: done
	`)
}

func TestCancelAsATryEnds(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> late EndTry
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		> cancel R
		> next
	`)
}

func TestRestartAfterACancel(t *testing.T) {
	tell(t, `
		> pacs hangs
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		> crash
		> cancel R
		> start
		> next
	`)
}

// canceled is a store whose deliveries were all abandoned a moment ago.
type canceled struct{ Store }

func (canceled) BeginTry(context.Context, int64) error { return &run.StateError{Thing: "delivery"} }

// That is no fault of the store's, which would be left alone for a moment.
func TestATryOfAnAbandonedDeliveryEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &Deliverer{Store: canceled{}, Logger: hclog.NewNullLogger()}
		began := time.Now()
		d.try(t.Context(), run.Delivery{ID: 1})
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
	})
}
