package conformance

import (
	"context"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

func optionalCases() []Case {
	const read = "go doc sdk.Task; go doc sdk.Device"
	return []Case{
		{
			Name: "gpus/exactly as assigned", Read: read, test: gpusAssigned,
			Contract: "An attempt sees exactly the GPUs that the agent leased for it.",
		},
		{
			Name: "gpus/none unless assigned", Read: read, test: gpusUnassigned,
			Contract: "An attempt that the agent leased no GPU for sees none.",
		},
		{
			Name: "stats/of what runs", Read: "go doc sdk.StatsReader; go doc sdk.Usage", test: stats,
			Contract: "Stats tells what a running attempt uses: its process takes some memory.",
		},
		{
			Name: "stats/of what is unknown", Read: "go doc sdk.NotFound", test: statsOfUnknown,
			Contract: "Stats of what the backend does not know is an error of kind NotFound.",
		},
		{
			Name: "prefetch/an image", Read: "go doc sdk.Prefetcher; go doc sdk.Progress", test: prefetch,
			Contract: "Prefetch fetches an image, returns no error once it is there, and tells of no more done than there is.",
		},
		{
			Name: "prefetch/one that is missing", Read: "go doc sdk.Prefetcher", test: prefetchMissing,
			Contract: "Prefetch of an image that cannot be fetched is an error.",
		},
		{
			Name: "images/one that is there", Read: "go doc sdk.ImageFinder", test: imageThere,
			Contract: "HasImage finds the image of a task that has run.",
		},
		{
			Name: "images/one that is missing", Read: "go doc sdk.ImageFinder", test: imageNotThere,
			Contract: "HasImage does not find an image that cannot be fetched.",
		},
		{
			Name: "describe/what is missing is unimplemented", Required: true, Read: "go doc sdk.Capabilities; go doc sdk.Unimplemented", test: unimplemented,
			Contract: "Describe says which of the optional calls there are; each of the others is an error of kind Unimplemented.",
		},
	}
}

// gpus are those of the backend. It ends the case if there are none.
func (t *trial) gpus() []sdk.Device {
	found := t.fingerprint(t.home).GPUs
	if len(found) == 0 {
		t.lack("Fingerprint names no GPUs")
	}
	return found
}

// seeGPUs runs a task with GPUs and returns by which names it sees them, in
// order. It notes if these are not those assigned, as far as they have UUIDs.
func (t *trial) seeGPUs(assigned []sdk.Device) []string {
	a := t.attempt(Work{{Do: DoShowGPUs, Data: []byte(t.run.GPUs)}}, func(task *sdk.Task) {
		task.GPUs, task.GPUCount = assigned, len(assigned)
	})
	a.start(wordGPU)
	a.wantCode(0)
	output, err := a.output(sdk.Stdout)
	if err != nil {
		t.fatal("Logs: %v", err)
	}
	var want []string
	for _, gpu := range assigned {
		want = append(want, gpu.UUID)
	}
	got := strings.Fields(string(output))
	slices.Sort(got)
	slices.Sort(want)
	switch named := !slices.Contains(want, ""); {
	case named && !slices.Equal(got, want):
		t.fail("the task sees the GPUs %q; want %q", got, want)
	case len(got) != len(want):
		t.fail("the task sees the GPUs %q; want %d", got, len(want))
	}
	return got
}

// gpusAssigned asks for each GPU alone and then for all. That these are the
// same is all that can be told of GPUs without UUIDs.
func gpusAssigned(t *trial) {
	t.needLogs()
	all := t.gpus()
	var alone []string
	for i := range all {
		alone = append(alone, t.seeGPUs(all[i:i+1])...)
	}
	slices.Sort(alone)
	if together := t.seeGPUs(all); !slices.Equal(alone, together) {
		t.fail("tasks with one of the GPUs each see %q; one with all of them sees %q", alone, together)
	}
	if len(slices.Compact(alone)) < len(all) {
		t.fail("tasks with one of the GPUs each see %q; want %d different ones", alone, len(all))
	}
}

func gpusUnassigned(t *trial) {
	t.needLogs()
	t.gpus()
	t.seeGPUs(nil)
}

func stats(t *trial) {
	if !t.run.description.Capabilities.Stats {
		t.lack("Describe has no stats among the capabilities")
	}
	a := t.start(Work{hold})
	a.running()
	ctx, cancel := t.patience()
	defer cancel()
	usage, err := t.home.client.Stats(ctx, a.task.Attempt)
	if err != nil || usage.MemoryPeak <= 0 || usage.CPU < 0 {
		t.fail("Stats of what runs: %+v, error %v", usage, err)
	}
}

func statsOfUnknown(t *trial) {
	if !t.run.description.Capabilities.Stats {
		t.lack("Describe has no stats among the capabilities")
	}
	ctx, cancel := t.patience()
	defer cancel()
	_, err := t.home.client.Stats(ctx, t.attempt(nil).task.Attempt)
	t.wantKind("Stats of what is unknown", err, sdk.NotFound)
}

func (t *trial) prefetch(image string) error {
	if !t.run.description.Capabilities.Prefetch {
		t.lack("Describe has no prefetch among the capabilities")
	}
	ctx, cancel := t.patience()
	defer cancel()
	return t.home.client.Prefetch(ctx, image, func(p sdk.Progress) error {
		if p.Done < 0 || p.Total > 0 && p.Done > p.Total {
			t.fail("the progress is %d of %d", p.Done, p.Total)
		}
		return nil
	})
}

func prefetch(t *trial) {
	for range 2 {
		err := t.prefetch(t.run.Image)
		if sdk.KindOf(err) == sdk.Unavailable {
			t.skip("the registry of %s cannot be asked: %v", t.run.Image, err)
		}
		if err != nil {
			t.fail("Prefetch of %s: %v", t.run.Image, err)
		}
	}
}

func prefetchMissing(t *trial) {
	if err := t.prefetch(t.run.Missing); err == nil {
		t.fail("Prefetch of %s: no error", t.run.Missing)
	}
}

// hasImage asks for an image. It ends the case if the executor cannot tell.
func (t *trial) hasImage(image string) bool {
	if !t.run.description.Capabilities.Images {
		t.lack("Describe has no images among the capabilities")
	}
	ctx, cancel := t.patience()
	defer cancel()
	there, err := t.home.client.HasImage(ctx, image)
	if sdk.KindOf(err) == sdk.Unimplemented {
		t.lack("it cannot tell of %s", image)
	}
	if err != nil {
		t.fatal("HasImage of %s: %v", image, err)
	}
	return there
}

func imageThere(t *trial) {
	if exit := t.start(Work{exit(0)}).end(); exit.Reason != sdk.Exited {
		t.fatal("the exit is %s; want reason exited", sayExit(exit))
	}
	if !t.hasImage(t.run.Image) {
		t.fail("HasImage of %s, of which a task has run: false", t.run.Image)
	}
}

func imageNotThere(t *trial) {
	if t.hasImage(t.run.Missing) {
		t.fail("HasImage of %s: true", t.run.Missing)
	}
}

func unimplemented(t *trial) {
	a := t.runs(Work{exit(0)})
	id, can := a.task.Attempt, t.run.description.Capabilities
	for _, call := range []struct {
		name    string
		offered bool
		call    func(context.Context) error
	}{
		{"Logs", can.Logs, func(ctx context.Context) error {
			return t.home.client.Logs(ctx, id, sdk.LogRequest{Stream: sdk.Stdout}, func(sdk.LogChunk) error { return nil })
		}},
		{"Stats", can.Stats, func(ctx context.Context) error { _, err := t.home.client.Stats(ctx, id); return err }},
		{"Prefetch", can.Prefetch, func(ctx context.Context) error {
			return t.home.client.Prefetch(ctx, t.run.Image, func(sdk.Progress) error { return nil })
		}},
		{"HasImage", can.Images, func(ctx context.Context) error {
			_, err := t.home.client.HasImage(ctx, t.run.Image)
			return err
		}},
	} {
		if !call.offered {
			ctx, cancel := t.patience()
			defer cancel()
			t.wantKind(call.name, call.call(ctx), sdk.Unimplemented)
		}
	}
}
