package slurm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// Options are the words of a model's options. A flow may use each only where
// the site's policy allows it.
type Options struct {
	Partition  string   `raddeploy:"partition" guarded:"true" doc:"Partition, instead of the site's."`
	Account    string   `raddeploy:"account" guarded:"true" doc:"Account, instead of the site's."`
	QOS        string   `raddeploy:"qos" guarded:"true" doc:"Quality of service, instead of the site's and of what the flow's priority makes of it."`
	Constraint string   `raddeploy:"constraint" guarded:"true" doc:"Features that the node must have, instead of the site's."`
	Gres       string   `raddeploy:"gres" guarded:"true" doc:"Generic resources besides GPUs, such as shard:2."`
	Args       []string `raddeploy:"args" guarded:"true" doc:"Further arguments of sbatch, as far as the site's allowed_args name them."`
}

// check says which options cannot be given.
func (o *Options) check(allowed []string) (found sdk.Diagnostics) {
	for _, w := range []struct{ name, value string }{
		{"partition", o.Partition}, {"account", o.Account}, {"qos", o.QOS}, {"constraint", o.Constraint}, {"gres", o.Gres},
	} {
		if strings.ContainsAny(w.value, "\x00\n") {
			found = append(found, sdk.Diagnostic{Path: []string{"options", w.name}, Summary: w.name + " has a line end in it"})
		}
	}
	for i, arg := range o.Args {
		name, _, _ := strings.Cut(arg, "=")
		path := []string{"options", "args", fmt.Sprint(i)}
		if err := checkArg(arg); err != nil {
			found = append(found, sdk.Diagnostic{Path: path, Summary: err.Error()})
		} else if !slices.Contains(allowed, name) {
			found = append(found, sdk.Diagnostic{
				Path: path, Summary: "this site does not let models give sbatch " + name,
				Detail: "the site's allowed_args says which arguments they may give",
			})
		}
	}
	return found
}
