package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Submit hands a script over with sbatch's arguments and returns the job's id.
// After an error that is not [Refused] nobody can tell whether there is a job.
func (c *Cluster) Submit(ctx context.Context, args []string, script string) (string, error) {
	id := ""
	all := append([]string{"--parsable"}, args...)
	err := c.run(ctx, "sbatch", append(all, script), func(out io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(out, 4096))
		if err != nil {
			return err
		}
		// the cluster's name may follow
		id, _, _ = strings.Cut(strings.TrimSpace(string(text)), ";")
		if id == "" || strings.Trim(id, "0123456789") != "" {
			return fmt.Errorf("sbatch answered %.100q and not with a job's id", text)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Signal sends a signal, such as TERM, to the script of a running job and to
// nothing else of it. (scancel would go on asking for a minute to signal one
// that is pending.)
func (c *Cluster) Signal(ctx context.Context, id, signal string) error {
	return c.cancel(ctx, "--batch", "--state=RUNNING", "--signal="+signal, id)
}

// Cancel ends a job, whatever its state.
func (c *Cluster) Cancel(ctx context.Context, id string) error { return c.cancel(ctx, id) }

// CancelPending ends a job that has not begun, and leaves it alone otherwise.
func (c *Cluster) CancelPending(ctx context.Context, id string) error {
	return c.cancel(ctx, "--state=PENDING", id)
}

// alreadyDone is what scancel ends with, without a word, for a job that ends while
// it asks: of Slurm's ESLURM_ALREADY_DONE (2021) an exit code keeps eight bits.
const alreadyDone = 2021 & 0xff

// cancel runs scancel. A job that has ended, or is forgotten, is none to end:
// that is no error.
func (c *Cluster) cancel(ctx context.Context, args ...string) error {
	err := c.run(ctx, "scancel", args, func(out io.Reader) error { _, err := io.Copy(io.Discard, out); return err })
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == alreadyDone {
		return nil
	}
	if IsRefused(err) {
		text := err.Error()
		for _, over := range []string{"Invalid job id", "already completing or completed", "not running", "Job is pending execution"} {
			if strings.Contains(text, over) {
				return nil
			}
		}
	}
	return err
}
