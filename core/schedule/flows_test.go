package schedule

import (
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// model is a model that reads the outputs of others, and writes one of its own
// name.
func model(name string, reads ...string) flow.Model {
	m := flow.Model{Name: name, Outputs: []flow.Mount{{Name: "out-" + name, Path: "/output"}}}
	if len(reads) == 0 {
		m.Inputs = []flow.Mount{{Name: flow.Src, Path: "/input"}}
	}
	for _, other := range reads {
		m.Inputs = append(m.Inputs, flow.Mount{Name: "out-" + other, Path: "/" + other})
	}
	return m
}

// wants is a model that wants GPUs.
func wants(gpus int, m flow.Model) flow.Model {
	m.GPUs = gpus
	return m
}

func retries(n int, m flow.Model) flow.Model {
	m.Retries = n
	return m
}

func pinned(executor string, m flow.Model) flow.Model {
	m.Executor = executor
	return m
}

// flows are those that stories tell of.
var flows = map[string]flow.Flow{
	"single":  {Models: []flow.Model{model("a")}},
	"pair":    {Models: []flow.Model{model("a"), model("b")}},
	"chain":   {Models: []flow.Model{model("a"), model("b", "a")}},
	"diamond": {Models: []flow.Model{model("a"), model("b", "a"), model("c", "a"), model("d", "b", "c")}},
	"retry":   {Models: []flow.Model{retries(1, model("a")), model("b", "a")}},
	"gpu":     {Models: []flow.Model{wants(1, model("a"))}},
	"gpus":    {Models: []flow.Model{wants(1, model("a")), wants(1, model("b", "a"))}},
	"wide":    {Models: []flow.Model{wants(4, model("a"))}},
	"slurm":   {Models: []flow.Model{model("a"), pinned("slurm", model("b"))}},
	"later":   {Models: []flow.Model{model("a"), pinned("slurm", model("b", "a"))}},
	"send": {
		Models:                []flow.Model{model("a")},
		ReturnToSenderOnPorts: []int{11112},
		Destinations:          []flow.Destination{{Name: "pacs"}, {Name: "lost"}, {Host: "10.0.0.8", Port: 105, AETitle: "OTHER"}},
	},
	"senders": {Models: []flow.Model{model("a")}, ReturnToSenderOnPorts: []int{11112}},
	"shadow": {
		Mode:                  flow.Shadow,
		Models:                []flow.Model{model("a")},
		ReturnToSenderOnPorts: []int{11112},
	},
}

// definition is a flow as it is stored.
func definition(name string) []byte {
	switch name {
	case "undecodable":
		return []byte(`{"models":[{"gpu":"many"}]}`)
	case "short": // fewer models than its runs have tasks
		return []byte(`{}`)
	}
	f := flows[name]
	f.Name, f.Version = name, "1"
	return check(flow.Encode(&f))
}

// callTime orders the calls that begin at one moment: by run (R, S, T ...), task and
// kind.
func callTime(id run.ID, task, kind int) time.Duration {
	return time.Duration(int(id[0]-'Q')*1000+task*100+kind) * time.Nanosecond
}
