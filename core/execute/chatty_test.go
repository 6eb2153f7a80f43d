package execute

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/internal/testdisk"
	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk"
)

// chatty is an executor whose task prints a number of KiB to both streams. It is
// away for a moment after each of them that a test names.
type chatty struct {
	*scripted
	kib  int
	away map[int]bool
}

func (c *chatty) Logs(_ context.Context, _ sdk.AttemptID, r sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	at, _ := strconv.Atoi(string(r.After))
	for at++; at <= c.kib; at++ {
		line := fmt.Appendf(nil, "%1023d\n", at)
		if err := emit(sdk.LogChunk{Data: line, Next: sdk.Cursor(strconv.Itoa(at))}); err != nil {
			return err
		}
		if c.away[at] {
			return sdk.Errorf(sdk.Unavailable, "the plugin is away")
		}
	}
	return nil
}

// A task that prints more than is kept succeeds, whoever is away meanwhile. Each
// stream ends with how much is missing.
func TestLogsAreCapped(t *testing.T) {
	c := &chatty{scripted: &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited})}, kib: 300, away: map[int]bool{50: true, 150: true, 300: true}}
	engine, job, log := attempted(t, flow.Model{}, c)
	engine.LogSize = 100 << 10
	result, err := engine.Run(t.Context(), job)
	check(t, err)
	if result.Err != nil {
		t.Error(result.Err)
	}
	for _, stream := range []string{"stdout", "stderr"} {
		text := printed(t, engine, job, stream)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		kept := len(lines) - 2
		want := fmt.Sprintf("raddeploy: %s are missing here (%d bytes)", sdk.Size((300-kept)<<10).Rounded(), (300-kept)<<10)
		if kept < 90 || kept > 100 || lines[len(lines)-1] != want || !strings.Contains(lines[kept], "log_size") {
			t.Errorf("of %s %d lines are kept, and it ends with\n%s\n%s", stream, kept, lines[len(lines)-2], lines[len(lines)-1])
		}
		if told := strings.Count(log.String(), "stream="+stream); told != 1 {
			t.Errorf("of %s the agent's log tells %d times:\n%s", stream, told, log)
		}
	}
}

// On a small disk, what tasks print never reaches into the reserve.
func TestLogsStopAtTheReserve(t *testing.T) {
	disk := testdisk.New(t, 4<<20)
	c := &chatty{scripted: &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited})}, kib: 8 << 10}
	engine, job, _ := attempted(t, flow.Model{}, c)
	engine.Layout = spool.Runs{Dir: disk}
	engine.Reserve = spool.NewReserve(2<<20, spool.FreeIn(disk))
	result, err := engine.Run(t.Context(), job)
	check(t, err)
	if result.Err != nil {
		t.Error(result.Err)
	}
	if err := engine.Reserve.Check(); err != nil {
		t.Errorf("objects would be refused: %v", err)
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if text := printed(t, engine, job, stream); !strings.Contains(text, "disk near its reserve") || !strings.Contains(text[len(text)-100:], "are missing here") {
			t.Errorf("%s ends with %q", stream, text[len(text)-200:])
		}
	}
}

func printed(t *testing.T, e *Engine, job Job, stream string) string {
	t.Helper()
	reader := logs.Open(e.Layout.Log(job.Run.ID, 0, 1, stream))
	defer reader.Close()
	var text strings.Builder
	for {
		frame, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		check(t, err)
		text.Write(frame.Data)
	}
}
