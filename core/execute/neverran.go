package execute

import (
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/startfault"
)

// notRun is what runc, docker's init (tini), Charliecloud and podman print as the
// task's own output, and all of it, when the kernel refuses the program after the
// container has begun, or when there is none.
var notRun = regexp.MustCompile(`^(?:exec [^\n]*: |\[FATAL tini \(\d+\)\] exec [^\n]* failed: |ch-run\[\d+\]: error: can't execve\(2\): [^\n]*: )` +
	`(?i:exec format error|no such file or directory|permission denied|not a directory)(?: \(ch_core[^\n]*\))?\r?\n?$` +
	`|^Error: [^\n]*: OCI (?:runtime error|permission denied|runtime attempted to invoke a command that was not found)\n?$`)

// neverRan turns an exit into a failed start if the program was never run: an image
// for another machine ends with code 1 or 255, and one line about it.
func (e *Engine) neverRan(job *Job, exit *sdk.Exit) {
	if exit.Reason != sdk.Exited || exit.Code == 0 || exit.Signal != 0 || e.printed(job, "stdout") != "" {
		return
	}
	if said := e.printed(job, "stderr"); notRun.MatchString(said) {
		said = strings.TrimSpace(said)
		exit.Reason, exit.Message = sdk.StartFailed, said
		startfault.Judge(exit, said)
	}
}

// printed is the beginning of what an attempt has printed on one stream: some
// thousand bytes.
func (e *Engine) printed(job *Job, stream string) string {
	reader := logs.Open(e.Layout.Log(job.Run.ID, job.Attempt.Task, job.Attempt.Number, stream))
	defer reader.Close()
	var all []byte
	for len(all) < 4096 {
		frame, err := reader.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				e.Logger.Debug("what a task printed cannot be read", "attempt", job.Attempt.ID, "error", err)
			}
			break
		}
		all = append(all, frame.Data...)
	}
	return string(all)
}
