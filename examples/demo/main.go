// Command demo shows the whole of RadDeploy on one machine in a few seconds: a
// synthetic CT is sent to an agent, triggers a flow, goes through the model of
// examples/threshold, and comes back over DICOM. `make demo` builds and runs
// it.
//
// It uses Docker if an engine answers, and else the process executor, which
// needs nothing installed. It works like a user: all it asks of RadDeploy goes
// through the commands and the API. What it started it ends, however it ends
// itself; what it leaves is the folder raddeploy-demo.
//
//	0  done
//	1  something went wrong, or it was interrupted
//	2  wrong flags
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const (
	exitDone = iota
	exitFailed
	exitUsage
)

func main() { os.Exit(command(os.Args[1:])) }

func command(args []string) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	executor := flags.String("executor", "auto", "what runs the model: docker, process, or auto for docker where it answers")
	slices := flags.Int("slices", 40, "`number` of CT slices")
	out := flags.String("out", "raddeploy-demo", "`folder` for the results")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil || flags.NArg() > 0 || *slices < 1 {
		fmt.Fprintln(os.Stderr, "demo: flags only, with at least one slice: see demo -help")
		return exitUsage
	}
	// A closed terminal or a reader that went away end it as Ctrl-C does: in order.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()

	show := newScreen(os.Stdout)
	show.title("RadDeploy demo: a synthetic head CT goes through a model and comes back over DICOM")
	d := &demo{screen: show, executor: *executor, slices: *slices, dir: *out}
	err := d.run(ctx)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
		show.step("stopping", "waiting for what is under way, then ending the agent and the archive")
	}
	if err != nil && d.agent != nil && d.agent.over() {
		err = fmt.Errorf("the agent ended by itself (%s): %w", d.agent.cmd.ProcessState, err)
	}
	left := d.end()
	if err == nil && left == nil {
		d.conclude()
		return exitDone
	}
	if err != nil {
		d.explain(os.Stderr, err)
	}
	if left != nil {
		fmt.Fprintln(os.Stderr, "demo: could not clear everything away:", left)
	}
	return exitFailed
}
