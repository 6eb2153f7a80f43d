package conformance

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func fingerprintCases() []Case {
	const read = "go doc sdk.Executor.Fingerprint; go doc sdk.Fingerprint"
	return []Case{
		{
			Name: "fingerprint/first within two seconds", Required: true, Read: read, test: fingerprintInTime, place: alone, bare: true,
			Contract: "Fingerprint sends the health of the backend, first within two seconds.",
		},
		{
			Name: "fingerprint/names the backend", Required: true, Read: read, test: fingerprintOfBackend,
			Contract: "The Fingerprint of a backend that works is Healthy and tells the backend's name and version.",
		},
		{
			Name: "fingerprint/goes on", Required: true, Read: read, test: fingerprintGoesOn, bare: true,
			Contract: "Fingerprint goes on until the agent ends it, and whoever calls it is told the present health first.",
		},
		{
			Name: "fingerprint/absent backend is undetected", Required: true, Read: read, test: fingerprintAbsent, place: alone, bare: true,
			Contract: "An absent backend is not an error but a Fingerprint with Undetected health, within two seconds, whose message says what to do.",
		},
		{
			Name: "fingerprint/absent backend is unavailable", Required: true, Read: "go doc sdk.Kind; go doc sdk.Executor.Watch", test: absentIsUnavailable, bare: true,
			Contract: "What cannot be asked of the backend now is an error of kind Unavailable, never an answer: not NotFound, no Exit, no empty list.",
		},
	}
}

// fingerprint returns the first fingerprint.
func (t *trial) fingerprint(h *house) (first sdk.Fingerprint) {
	ctx, cancel := t.patience()
	defer cancel()
	err := h.client.Fingerprint(ctx, func(f sdk.Fingerprint) error { first = f; return errEnough })
	if err != errEnough {
		t.fatal("Fingerprint sent nothing; then: %v", err)
	}
	return first
}

func fingerprintInTime(t *trial) {
	h := t.apart()
	_ = t.quickly("the first Fingerprint", func(context.Context) error { t.fingerprint(h); return nil })
}

func fingerprintOfBackend(t *trial) {
	if now := t.fingerprint(t.home); now.Health != sdk.Healthy || now.Backend == "" {
		t.fail("the health is %q and the backend %q; want a healthy one with a name", now.Health, now.Backend)
	}
}

func fingerprintGoesOn(t *trial) {
	first := t.fingerprint(t.home)
	// not with a deadline, which the plugin could be the first to see
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	defer time.AfterFunc(quick/4, cancel).Stop()
	err := t.home.client.Fingerprint(ctx, func(sdk.Fingerprint) error { return nil })
	if ctx.Err() == nil {
		t.fail("Fingerprint ended by itself: %v", err)
	}
	if second := t.fingerprint(t.home); second.Health != first.Health || second.Backend != first.Backend {
		t.fail("one caller was told %q of backend %q first, the next %q of %q", first.Health, first.Backend, second.Health, second.Backend)
	}
}

// absent launches a plugin whose backend is not there.
func (t *trial) absent() *house {
	h := t.withoutBackend()
	ctx, cancel := t.patience()
	defer cancel()
	if err := h.client.Configure(ctx, h.site, t.run.Absent); err != nil {
		t.fatal("Configure for a backend that is not there: %v", err)
	}
	return h
}

func fingerprintAbsent(t *trial) {
	h := t.absent()
	var now sdk.Fingerprint
	_ = t.quickly("the first Fingerprint of an absent backend", func(context.Context) error { now = t.fingerprint(h); return nil })
	if now.Health != sdk.Undetected || now.Message == "" {
		t.fail("the health is %q with the message %q; want undetected, and a message", now.Health, now.Message)
	}
}

func absentIsUnavailable(t *trial) {
	h := t.absent()
	ctx, cancel := t.patience()
	defer cancel()
	id := t.attempt(nil).task.Attempt
	_, err := h.client.List(ctx)
	t.wantKind("List", err, sdk.Unavailable)
	t.wantKind("Watch", h.client.Watch(ctx, id, func(sdk.Event) error { return nil }), sdk.Unavailable)
	t.wantKind("Recover", h.client.Recover(ctx, &sdk.Task{Attempt: id, Container: sdk.Container{Image: t.run.Image}}, nil), sdk.Unavailable)
}
