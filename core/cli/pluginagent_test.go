package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A running agent is asked what it knows: of an executor that works, of one
// whose configuration is wrong, and of one that is not installed.
func TestPluginListOfAnAgent(t *testing.T) {
	address := freeAddress(t)
	site := write(t, "site.hcl", fmt.Sprintf(siteOfThree, t.TempDir(), plugins(t), address, t.TempDir()))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	var log syncBuffer
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"raddeploy", "agent", "-config", site}, &log, &log) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	var all listed
	for ctx.Err() == nil { // it takes a moment to launch them
		code, out, _ := call(t, "plugin", "list", "-json", "-address", "http://"+address)
		if code != exitOK {
			continue
		}
		all = nil
		if err := json.Unmarshal([]byte(out), &all); err != nil {
			t.Fatal(err)
		}
		if len(all) == 3 && all[0].State == "healthy" && strings.Contains(all[1].Message, "did you mean") {
			break
		}
	}
	if ctx.Err() != nil {
		t.Fatalf("listed %+v\n%s", all, log.String())
	}
	if one := all[0]; one.ID != "one" || one.Version != "1.0.0" || one.Backend != "fake 1.0.0" || one.CPUs != 3 || one.Slots != 7 || one.GPUs != 1 ||
		len(one.Devices) != 2 || len(one.Capabilities) != 4 {
		t.Errorf("one: %+v", one)
	}
	if gone := all[2]; gone.State == "healthy" || !strings.Contains(gone.Message, "is not there") {
		t.Errorf("gone: %+v", gone)
	}
	t.Setenv("RADDEPLOY_ADDR", "http://"+address)
	if code, out, _ := call(t, "plugin", "list"); code != exitOK || !strings.Contains(out, "1 of 2") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
