package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// retentionCommand shows what would be removed, and when.
type retentionCommand struct{ base }

func (c *retentionCommand) Synopsis() string { return "Show which files and rows go, and when" }

func (c *retentionCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy retention [options]

  Shows how long what is kept, how much of the disk is free, and up to 200 arrivals and runs of
  which something goes next: their files (objects, inputs and outputs), logs and rows, each
  with the time when it goes or went. What is needed is listed last, with what needs it.
  Nothing is removed by this command. The ages are those of retention { } in the site's file.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *retentionCommand) Run(args []string) int {
	return c.asking("retention", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int { return c.report(r) })
}

func (c *retentionCommand) report(r remote) int {
	f, err := r.client().Retention(c.ctx, 0)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(f.Going)
	}
	early := ""
	if f.Short {
		early = "; within twice the reserve: files that are older than " + age(f.FilesMin) + " go early, the oldest first"
	}
	c.fields([][]string{
		{"Kept", fmt.Sprintf("files %s, logs %s, rows %s", age(f.Files), age(f.Logs), age(f.Runs))},
		{"Disk", fmt.Sprintf("%s MB free, reserve %s MB%s", megabytes(int64(f.Free)), megabytes(int64(f.Reserve)), early)},
		{"Paused until", clock(f.From)},
	})
	if len(f.Going) == 0 {
		return exitOK
	}
	fmt.Fprintln(c.out)
	rows := [][]string{{"KIND", "ID", "STATE", "ENDED", "MB", "FILES", "LOGS", "ROWS", "REASON"}}
	for _, g := range f.Going {
		rows = append(rows, []string{g.Kind, short(g.ID), g.State, clock(g.Ended), sized(g.Bytes), fate(g.FilesDue, g.FilesRemoved),
			fate(g.LogsDue, g.LogsRemoved), clock(g.RowsDue), g.Why})
	}
	c.table(rows)
	return exitOK
}

func sized(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return megabytes(bytes)
}

// fate says when something goes, or that it went.
func fate(due, removed *time.Time) string {
	if removed != nil {
		return "removed " + clock(removed)
	}
	return clock(due)
}

// age shortens a duration for people: whole days are days.
func age(text string) string {
	d, err := sdk.ParseDuration(text)
	switch {
	case err != nil:
		return text
	case d > 0 && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return sdk.FormatDuration(d)
}

// removedOn says that something was removed; "" while it is there.
func removedOn(what string, at *time.Time) string {
	if at == nil {
		return ""
	}
	return what + " removed on " + clock(at)
}
