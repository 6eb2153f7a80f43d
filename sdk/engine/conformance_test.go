package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/conformance"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// asPlugin has the tests' own program be the plugin of the fake engine.
const asPlugin = "RADDEPLOY_TEST_FAKES"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		config := &config{}
		sdk.Main(sdk.Plugin{Name: "fakes", Version: "1.0.0", Config: config, Options: &fake.Plan{}, Executor: newFakes(config)})
		return
	}
	os.Exit(m.Run())
}

// TestConformance has everything that an engine does not do itself keep the
// contract.
func TestConformance(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	backend := fake.Backend{Dir: filepath.Join(dir, "attempts")}
	conformance.Suite{
		Program: program, Env: []string{asPlugin + "=1"}, Image: "fake", Parallel: 8,
		// The fake is slow with large outputs, and the machine may be busy.
		Patience: 2 * time.Minute,
		Config:   fmt.Appendf(nil, `{"dir": %q}`, dir), Absent: fmt.Appendf(nil, `{"dir": %q, "absent": true}`, dir),
		Stall: func(context.Context) (func() error, error) { return backend.Stall() },
		Express: func(task *sdk.Task, work conformance.Work) {
			options, err := json.Marshal(map[string]any{"steps": work})
			if err != nil {
				t.Error(err)
			}
			task.Options = options
		},
	}.Run(t)
}
