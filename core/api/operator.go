package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// CancelRun has a run canceled, by a prefix of its id.
func (c *Client) CancelRun(ctx context.Context, id string, order Order) (Run, error) {
	return c.actOnRun(ctx, id, "cancel", order)
}

// RetryRun has a run tried again that has ended.
func (c *Client) RetryRun(ctx context.Context, id string, order Order) (Run, error) {
	return c.actOnRun(ctx, id, "retry", order)
}

// ResendRun has the results of a run sent again.
func (c *Client) ResendRun(ctx context.Context, id string, order Order) (Run, error) {
	return c.actOnRun(ctx, id, "resend", order)
}

func (c *Client) actOnRun(ctx context.Context, id, word string, order Order) (r Run, err error) {
	err = c.act(ctx, "/v1/runs/"+url.PathEscape(id)+"/"+word, order, &r)
	return r, err
}

// Rerun has a new run of a flow made on an arrival, or on that of a run, by a
// prefix of its id.
func (c *Client) Rerun(ctx context.Context, id string, order Order) (r Run, err error) {
	err = c.either(ctx, id, "rerun", order, &r, &r)
	return r, err
}

// Drain keeps new tasks from an executor, or not any more.
func (c *Client) Drain(ctx context.Context, executor string, on bool, order Order) (e Executor, err error) {
	word := "undrain"
	if on {
		word = "drain"
	}
	err = c.act(ctx, "/v1/executors/"+url.PathEscape(executor)+"/"+word, order, &e)
	return e, err
}

// Acted is the arrival or the run that was acted on; the other is nil.
type Acted struct {
	Arrival *Arrival
	Run     *Run
}

// Release has an arrival or a run that is held go on, by a prefix of its id.
func (c *Client) Release(ctx context.Context, id string, order Order) (Acted, error) {
	return c.onHeld(ctx, id, "release", order)
}

// Discard has an arrival or a run that is held given up.
func (c *Client) Discard(ctx context.Context, id string, order Order) (Acted, error) {
	return c.onHeld(ctx, id, "discard", order)
}

func (c *Client) onHeld(ctx context.Context, id, word string, order Order) (a Acted, err error) {
	err = c.either(ctx, id, word, order, &a.Arrival, &a.Run)
	return a, err
}

// either has the agent act on an arrival or, if there is none of this id, on a
// run. It asks first which of them there is: what an action does not find may
// be something else, such as the flow that it names.
func (c *Client) either(ctx context.Context, id, word string, order Order, ofArrival, ofRun any) error {
	_, noArrival := c.Arrival(ctx, id)
	if !errors.Is(noArrival, ErrNotFound) {
		return c.act(ctx, "/v1/arrivals/"+url.PathEscape(id)+"/"+word, order, ofArrival)
	}
	if _, noRun := c.Run(ctx, id); errors.Is(noRun, ErrNotFound) {
		return fmt.Errorf("%w; %w", noArrival, noRun)
	}
	return c.act(ctx, "/v1/runs/"+url.PathEscape(id)+"/"+word, order, ofRun)
}
