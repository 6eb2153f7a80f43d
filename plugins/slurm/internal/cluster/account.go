package cluster

import (
	"context"
	"io"
	"strings"
	"time"
)

// Accounted asks the cluster's accounting for a job that the controller has
// forgotten. Where accounting is off, or does not know it, found is false. An
// error means that nobody can tell now. One is asked after the other: after an
// agent was away for long it may want to know of a thousand.
func (c *Cluster) Accounted(ctx context.Context, id string) (j Job, found bool, err error) {
	c.accounting.Lock()
	defer c.accounting.Unlock()
	on, err := c.accounts(ctx)
	if err != nil || !on {
		return Job{}, false, err
	}
	args := []string{"--noheader", "--parsable2", "--allocations", "--delimiter=" + string(separator), "--jobs=" + id, "--format=JobIDRaw,State,NodeList,JobName"}
	err = c.run(ctx, "sacct", args, func(out io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(out, 1<<20))
		// one for each time that it was started; the last one counts
		for line := range strings.Lines(string(text)) {
			fields := strings.Split(strings.TrimRight(line, "\r\n"), string(separator))
			if len(fields) != 4 || fields[0] != id {
				continue
			}
			j, found = Job{ID: fields[0], State: fields[1], Nodes: fields[2], Name: fields[3]}, true
			if j.Nodes == "None assigned" {
				j.Nodes = ""
			}
		}
		return err
	})
	return j, found && err == nil, err
}

// remembered is how long it counts whether there are accounts.
const remembered = time.Hour

// accounts tells whether the cluster keeps accounts of ended jobs. The lock is
// held.
func (c *Cluster) accounts(ctx context.Context) (on bool, err error) {
	if time.Since(c.asked) < remembered {
		return c.accounted, nil
	}
	err = c.run(ctx, "scontrol", []string{"show", "config"}, func(out io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(out, 1<<20))
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, "="); strings.TrimSpace(name) == "AccountingStorageType" {
				value = strings.TrimSpace(value)
				on = value != "" && value != "(null)" && !strings.HasSuffix(value, "/none")
			}
		}
		return err
	})
	if err == nil {
		c.accounted, c.asked = on, time.Now()
	}
	return on, err
}
