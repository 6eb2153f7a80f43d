package cluster

import (
	"context"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ExceedsGroup tells whether a job asks for more than a limit that its account,
// one above it, or its quality of service puts on all of its jobs together
// (GrpTRES, GrpJobs): then no end of others makes room for it. Where the
// controller does not show limits to this user, it is false.
func (c *Cluster) ExceedsGroup(ctx context.Context, id string) (bool, error) {
	job, err := c.show(ctx, "job", id)
	if err != nil {
		return false, err
	}
	partition, err := c.show(ctx, "partition", words(job)["Partition"])
	if err != nil {
		return false, err
	}
	limits, err := c.groupLimits(ctx)
	if err != nil {
		return false, err
	}
	return exceedsGroup(words(job), words(partition)["QoS"], limits), nil
}

// groupLimits are the records of the association manager, which are many: they
// are asked for once a minute at most.
func (c *Cluster) groupLimits(ctx context.Context) (string, error) {
	c.limiting.Lock()
	defer c.limiting.Unlock()
	if time.Since(c.limitsAt) < time.Minute {
		return c.limits, nil
	}
	text, err := c.show(ctx, "assoc_mgr", "flags=assoc,qos")
	if err == nil {
		c.limits, c.limitsAt = text, time.Now()
	}
	return text, err
}

// show is what scontrol shows, a record a line.
func (c *Cluster) show(ctx context.Context, what, which string) (text string, err error) {
	err = c.run(ctx, "scontrol", []string{"--oneliner", "show", what, which}, func(out io.Reader) error {
		all, err := io.ReadAll(io.LimitReader(out, 64<<20))
		text = string(all)
		return err
	})
	return text, err
}

// words are the first NAME=VALUE of each name in a record.
func words(record string) map[string]string {
	found := map[string]string{}
	for _, word := range strings.Fields(record) {
		name, value, given := strings.Cut(word, "=")
		if _, again := found[name]; given && !again {
			found[name] = value
		}
	}
	return found
}

// exceedsGroup holds a job to the records of the association manager. Limits on
// whole groups stand in the first words of each.
func exceedsGroup(job map[string]string, partitionQOS, limits string) bool {
	accounts := map[string]map[string]string{} // by name
	var held []map[string]string
	owner, _, _ := strings.Cut(job["UserId"], "(")
	for line := range strings.Lines(limits) {
		record := words(line)
		qos, _, _ := strings.Cut(record["QOS"], "(")
		user, _, _ := strings.Cut(record["UserName"], "(")
		switch {
		case qos != "" && (qos == job["QOS"] || qos == partitionQOS),
			user != "" && user == owner && record["Account"] == job["Account"]:
			held = append(held, record)
		case record["Account"] != "" && user == "":
			accounts[record["Account"]] = record
		}
	}
	for name := job["Account"]; accounts[name] != nil; {
		held = append(held, accounts[name])
		above, _, _ := strings.Cut(accounts[name]["ParentAccount"], "(")
		delete(accounts, name)
		name = above
	}
	for _, record := range held {
		if record["GrpJobs"] != "" && strings.HasPrefix(record["GrpJobs"], "0(") {
			return true
		}
		for _, limit := range groupLimit.FindAllStringSubmatch(record["GrpTRES"], -1) {
			most, _ := strconv.ParseFloat(limit[2], 64)
			if asked, given := amount(job["TRES"], limit[1]); given && asked > most {
				return true
			}
		}
	}
	return false
}

// groupLimit is one of a group's limits and what of it is in use, such as
// "cpu=64(12)"; memory is in megabytes. N is none.
var groupLimit = regexp.MustCompile(`([a-z][^=,]*)=(\d+)\(\d+\)`)

// amount is how much of a resource a list such as
// "cpu=4,mem=2G,node=1,gres/gpu=1" has.
func amount(list, of string) (float64, bool) {
	for word := range strings.SplitSeq(list, ",") {
		name, value, _ := strings.Cut(word, "=")
		if name != of || value == "" {
			continue
		}
		unit := 1.0
		switch value[len(value)-1] {
		case 'K':
			unit = 1.0 / 1024
		case 'G':
			unit = 1024
		case 'T':
			unit = 1024 * 1024
		}
		number, err := strconv.ParseFloat(strings.TrimRight(value, "KMGT"), 64)
		return number * unit, err == nil
	}
	return 0, false
}
