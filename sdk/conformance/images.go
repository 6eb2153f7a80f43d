package conformance

import (
	"net"
	"sync"

	"github.com/raddeploy/raddeploy/sdk"
)

func imageCases() []Case {
	const read = "go doc sdk.Reason; go doc sdk.PullPolicy"
	return []Case{
		{
			Name: "image/one that is missing", Read: read, test: imageIsMissing,
			Contract: "An attempt whose image is not there and cannot be fetched ends with reason ImageUnavailable, and a message; its process never ran.",
		},
		{
			Name: "image/stopped while it is fetched", Read: "go doc sdk.Executor.Stop; go doc sdk.State", test: stoppedWhileFetching,
			Contract: "Stop ends an attempt whose image is being fetched, with reason Stopped; until then its state is before running.",
		},
		{
			Name: "image/removed while it is fetched", Read: "go doc sdk.Executor.Remove", test: removedWhileFetching,
			Contract: "Removing an attempt whose image is being fetched is FailedPrecondition and leaves it, or ends it and leaves nothing of it: never in between.",
		},
	}
}

// silentImage names an image whose registry takes calls and never answers,
// until the case ends.
func (t *trial) silentImage() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	t.must(err)
	var mu sync.Mutex
	callers := []net.Conn{}
	var listening sync.WaitGroup
	listening.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			callers = append(callers, conn)
			mu.Unlock()
		}
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closers = append(t.closers, func() {
		listener.Close()
		listening.Wait()
		for _, conn := range callers {
			conn.Close()
		}
	})
	return listener.Addr().String() + "/raddeploy/silent:1"
}

func imageIsMissing(t *trial) {
	a := t.attempt(Work{exit(0)}, func(task *sdk.Task) {
		task.Container.Image, task.Container.Pull = t.run.Missing, sdk.PullAlways
	})
	a.start(wordImage)
	exit := a.wantReason(sdk.ImageUnavailable)
	if exit.Reason == sdk.ImageUnavailable && exit.Message == "" {
		t.fail("the exit has no message")
	}
	if !exit.Started.IsZero() {
		t.fail("the exit says that the process started at %v", exit.Started)
	}
}

func stoppedWhileFetching(t *trial) {
	a := t.attempt(Work{hold}, func(task *sdk.Task) { task.Container.Image = t.silentImage() })
	a.start(wordImage)
	if err := a.stop(0); err != nil {
		t.fatal("Stop while the image is fetched: %v", err)
	}
	exit := a.wantReason(sdk.Stopped)
	if !exit.Started.IsZero() {
		t.fail("the exit says that the process started at %v", exit.Started)
	}
}

func removedWhileFetching(t *trial) {
	a := t.attempt(Work{hold}, func(task *sdk.Task) { task.Container.Image = t.silentImage() })
	a.start(wordImage)
	err := a.remove()
	if err != nil {
		t.wantKind("Remove while the image is fetched", err, sdk.FailedPrecondition)
		if held := a.held(); len(held) != 1 || held[0].Ended {
			t.fail("after Remove was refused, List has %v; want it once and not ended", held)
		}
		if err := a.stop(0); err != nil {
			t.fatal("Stop, after Remove was refused: %v", err)
		}
		a.wantReason(sdk.Stopped)
		err = a.remove()
	}
	if err != nil {
		t.fatal("Remove of what was stopped while its image was fetched: %v", err)
	}
	if held := a.held(); len(held) > 0 {
		t.fail("after Remove, List has %v still", held)
	}
	ctx, cancel := t.patience()
	defer cancel()
	t.wantKind("Watch of what was removed", a.watch(ctx, func(sdk.Event) error { return nil }), sdk.NotFound)
}
