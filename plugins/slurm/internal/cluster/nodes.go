package cluster

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Nodes is what the cluster's nodes are, all together.
type Nodes struct {
	Total  int
	Usable int // not down, drained or failing
	GPUs   int // of the node that has most
}

// Nodes asks which nodes there are, in one partition or in all.
func (c *Cluster) Nodes(ctx context.Context, partition string) (n Nodes, err error) {
	args := []string{"--noheader", "--Node", "--format=%N\x1f%T\x1f%G"}
	if partition != "" {
		args = append(args, "--partition="+partition)
	}
	err = c.run(ctx, "sinfo", args, func(out io.Reader) error {
		text, err := io.ReadAll(out)
		n = parseNodes(string(text))
		return err
	})
	return n, err
}

// Version asks for Slurm's version, such as "22.05.8". It does not ask the
// controller.
func (c *Cluster) Version(ctx context.Context) (version string, err error) {
	err = c.run(ctx, "sinfo", []string{"--version"}, func(out io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(out, 4096))
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			version = fields[len(fields)-1]
		}
		if err == nil && version == "" {
			err = fmt.Errorf("sinfo --version printed nothing")
		}
		return err
	})
	return version, err
}

// parseNodes reads what sinfo printed. A node in several partitions has several
// lines.
func parseNodes(text string) (n Nodes) {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), string(separator))
		if len(fields) != 3 || seen[fields[0]] {
			continue
		}
		seen[fields[0]] = true
		n.Total++
		if usable(fields[1]) {
			n.Usable++
		}
		n.GPUs = max(n.GPUs, gpus(fields[2]))
	}
	return n
}

// usable tells whether a node can be given jobs, by its state with its mark: *
// not responding, ~ powered off, # being started …
func usable(state string) bool {
	if strings.HasSuffix(state, "*") {
		return false
	}
	switch strings.TrimRight(state, "~#!%$@^-+") {
	case "idle", "mixed", "allocated", "completing", "planned", "reserved", "powered_down", "powering_up", "powering_down":
		return true
	}
	return false
}

// gpus counts the GPUs in a node's generic resources, such as
// "gpu:a100:4(S:0-1),gpu:2,shard:8".
func gpus(gres string) (count int) {
	for word := range strings.SplitSeq(gres, ",") {
		word, _, _ = strings.Cut(word, "(")
		fields := strings.Split(word, ":")
		if fields[0] != "gpu" || len(fields) < 2 {
			continue
		}
		if number, err := strconv.Atoi(fields[len(fields)-1]); err == nil {
			count += number
		}
	}
	return count
}
