package fleet

import (
	"errors"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/schedule/plan"
	"github.com/raddeploy/raddeploy/sdk"
)

// A cluster starts, assigns GPUs, goes away, and comes back with fewer. What it
// is, and what it has, is of one look each time: whatever the executor has
// become meanwhile, no task that it may run is told No.
func TestOfferIsOfOneLook(t *testing.T) {
	e := &Executor{}
	e.block.Store(&config.Executor{Plugin: "slurm", Instance: "slurm", CPUs: 2, CPUsByDefault: true})
	ask := plan.Ask{GPUs: 2}
	steps := []struct {
		name string
		err  error
		now  sdk.Fingerprint
		want plan.Answer
		up   bool
		says string
	}{
		{"its plugin is being launched", errors.New("it is being launched"), sdk.Fingerprint{Health: sdk.Unhealthy}, plan.Unknown, false, "it is being launched"},
		{"it has not told", nil, sdk.Fingerprint{Health: sdk.Unhealthy, Message: "not told"}, plan.Unknown, false, "not told"},
		{"it tells", nil, sdk.Fingerprint{Health: sdk.Healthy, ClusterGPUs: 4, Slots: 7}, plan.Yes, true, ""},
		{"its controller is away", nil, sdk.Fingerprint{Health: sdk.Unhealthy, Message: "away"}, plan.Yes, false, "away"},
		{"its plugin has ended", errors.New("ended"), sdk.Fingerprint{Health: sdk.Unhealthy}, plan.Yes, false, "ended"},
		{"it has fewer", nil, sdk.Fingerprint{Health: sdk.Healthy, ClusterGPUs: 1, Slots: 7}, plan.No, true, ""},
		{"it is away again", nil, sdk.Fingerprint{Health: sdk.Unhealthy, Message: "away"}, plan.Unknown, false, "away"},
	}
	for _, step := range steps {
		offer := e.offer(step.err, step.now)
		if got := plan.Fit(ask, &offer); got != step.want || offer.Up != step.up || offer.Message != step.says {
			t.Errorf("%s: answer %d, up %t, %q; want %d, %t, %q", step.name, got, offer.Up, offer.Message, step.want, step.up, step.says)
		}
		if offer.CPUs != offer.AllCPUs {
			t.Errorf("%s: %d of %d slots are free", step.name, offer.CPUs, offer.AllCPUs)
		}
	}
}
