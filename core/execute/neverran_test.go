package execute

import (
	"context"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
)

// printing is an executor whose task prints a text on each stream.
type printing struct {
	*scripted
	stdout, stderr string
}

func (p *printing) Logs(_ context.Context, _ sdk.AttemptID, r sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	text := map[sdk.Stream]string{sdk.Stdout: p.stdout, sdk.Stderr: p.stderr}[r.Stream]
	if text == "" {
		return nil
	}
	return emit(sdk.LogChunk{Data: []byte(text), Next: "end"})
}

// An image for another machine begins, and its first process then says that it
// could not be run. No other try goes better.
func TestAProgramThatNeverRan(t *testing.T) {
	for _, test := range []struct {
		name, stdout, stderr string
		code                 int
		says                 string // "": an exit of the program
	}{
		{"for another machine", "", "exec /usr/bin/model: exec format error\n", 1, "not started (the program of the image is for another machine"},
		{"as an older runc says it", "", "exec /usr/bin/model: exec format error", 255, "not started (the program of the image is for another machine"},
		{"its interpreter is missing", "", "exec /run.sh: no such file or directory\n", 1, "not started (the image has no such program"},
		{"by docker's init", "", "[FATAL tini (7)] exec /etc failed: Permission denied\n", 126, "not started (the program cannot be executed"},
		{"by Charliecloud", "", "ch-run[4447]: error: can't execve(2): nosuch: No such file or directory (ch_core.c:410 2)\n", 1, "not started (the image has no such program"},
		{"by podman", "", "Error: runc: runc create failed: unable to start container process: exec: \"sh\": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found\n", 127, "not started (the image has no such program"},
		{"a line of the program's own", "", "model: exec format error\n", 1, ""},
		{"not all that it printed", "", "exec /x: exec format error\nretrying\n", 1, ""},
		{"it ran", "reading\n", "exec /x: exec format error\n", 1, ""},
		{"it ended well", "", "exec /x: exec format error\n", 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &scripted{watch: exits(sdk.Exit{Reason: sdk.Exited, Code: test.code})}
			engine, job, _ := attempted(t, flow.Model{}, &printing{s, test.stdout, test.stderr})
			result, err := engine.Run(t.Context(), job)
			check(t, err)
			if never := test.says != ""; never != result.Exit.Permanent || never != (result.Exit.Reason == sdk.StartFailed) || !strings.HasPrefix(result.Reason, test.says) {
				t.Errorf("%+v, reason %q; want that it begins with %q", result.Exit, result.Reason, test.says)
			}
		})
	}
}
