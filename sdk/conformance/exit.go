package conformance

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func exitCases() []Case {
	const read = "go doc sdk.Exit; go doc sdk.Reason"
	var cases []Case
	for _, code := range []int{0, 7, 255} {
		cases = append(cases, Case{
			Name: fmt.Sprintf("exit/code %d", code), Required: true, Read: read,
			Contract: "The Exit of a process that ended by itself has reason Exited and the process's own exit code.",
			test: func(t *trial) {
				a := t.start(Work{exit(code)})
				a.wantCode(code)
			},
		})
	}
	return append(cases, Case{
		Name: "exit/death by a signal", Required: true, Read: read, test: diedBySignal,
		Contract: "The Exit of a process that a signal ended has reason Exited and the signal's number.",
	}, Case{
		Name: "exit/out of memory", Read: read, test: outOfMemory,
		Contract: "The Exit of a process that the kernel killed for its memory limit has reason OutOfMemory.",
	}, Case{
		Name: "exit/times", Required: true, Read: read, test: exitTimes,
		Contract: "An Exit tells when the process started and when it finished.",
	}, Case{
		Name: "environment/any characters", Required: true, Read: "go doc sdk.EnvVar", test: environment,
		Contract: "The value of an environment variable reaches the process as it is, with newlines, quotes and any other text.",
	}, Case{
		Name: "environment/nothing of the agent's", Required: true, Read: "go doc sdk.Container", test: environmentIsClean,
		Contract: "A process has the variables of its image and of its task, and none of those that the agent gives to its plugins.",
	})
}

// diedBySignal is by one that a process gets of its own doing: of SIGKILL and
// SIGTERM an executor may say that somebody stopped it.
func diedBySignal(t *trial) {
	const abort = 6
	a := t.start(Work{{Do: DoDie, Count: abort}})
	if exit := a.end(); exit.Reason != sdk.Exited || exit.Signal != abort || exit.Succeeded() {
		t.fail("the exit is %s; want reason exited with signal %d", sayExit(exit), abort)
	}
}

func outOfMemory(t *trial) {
	const limit = 32 << 20
	// As any model, it does something else first: engines hear of memory that
	// is used up only some time after they have started a process.
	a := t.attempt(Work{sleep(t.stretch(time.Second)), {Do: DoEat, Count: 16 * limit}}, func(task *sdk.Task) {
		task.Resources.Memory, task.Resources.MemorySwap = limit, limit
	})
	a.start(wordMemory)
	a.wantReason(sdk.OutOfMemory)
}

func exitTimes(t *trial) {
	long := t.stretch(400 * time.Millisecond)
	a := t.runs(Work{sleep(long)})
	// an engine on a busy machine sees a start late
	if lasted := a.exit.Finished.Sub(a.exit.Started); a.exit.Started.IsZero() || lasted < long/2 || lasted > time.Since(a.began)+t.run.Patience {
		t.fail("a process that took %v started at %v and finished at %v", long, a.exit.Started, a.exit.Finished)
	}
}

func environment(t *trial) {
	values := map[string]string{
		"LINES_OF": "one\ntwo\r\n\nfive\n",
		"QUOTES":   `'"` + "`$HOME$(false)\\",
		"SPACES":   "  a\tb  ",
		"EQUALS":   "a=b=c",
		"UMLAUT":   "Größe",
		"EMPTY":    "",
	}
	var work Work
	var env []sdk.EnvVar
	for _, name := range slices.Sorted(maps.Keys(values)) {
		env = append(env, sdk.EnvVar{Name: name, Value: values[name]})
		work = append(work, wantEnv(name, values[name]))
	}
	t.runs(work, func(task *sdk.Task) { task.Container.Env = env })
}

// ofTheAgent is a variable that the suite gives to the plugin, besides those
// that are there for the handshake.
const ofTheAgent = "RADDEPLOY_CONFORMANCE_AGENT"

func environmentIsClean(t *trial) {
	var work Work
	for _, name := range []string{ofTheAgent, "PLUGIN_CLIENT_CERT", "RADDEPLOY_PLUGIN_COOKIE"} {
		work = append(work, Step{Do: DoWantUnset, Name: name})
	}
	t.runs(work)
}
