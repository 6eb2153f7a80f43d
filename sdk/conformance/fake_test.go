package conformance_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/conformance"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// express gives the fake a case's work as its options.
func express(task *sdk.Task, work conformance.Work) {
	options, err := json.Marshal(map[string]any{"steps": work})
	if err != nil {
		panic(err) // steps are plain data
	}
	task.Options = options
}

func fakeSuite(t *testing.T, program string) conformance.Suite {
	config := func(more string) []byte {
		return fmt.Appendf(nil, `{"dir": %q, "gpus": ["GPU-a", "GPU-b"], "poll": "20ms"%s}`, t.TempDir(), more)
	}
	return conformance.Suite{
		Program: program, Config: config(""), Absent: config(`, "absent": true`), Image: "fake",
		Patience: 15 * time.Second, Parallel: 16, Express: express,
	}
}

func TestTheFakeKeepsEveryPromise(t *testing.T) {
	t.Parallel()
	program, err := fake.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fakeSuite(t, program).Run(t)
}
