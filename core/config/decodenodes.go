package config

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
)

func (d *decoder) executor(p lang.Pair, s *Site) {
	if !d.labels(p, 1, 2, `executor "docker" "local" { … }`) {
		return
	}
	e := Executor{Plugin: p.Labels[0].Text, CPUs: byDefault, GiveUpAfter: byDefault, At: p.At}
	name := p.Labels[len(p.Labels)-1]
	e.Instance = name.Text
	if slices.ContainsFunc(s.Executors, func(other Executor) bool { return other.Instance == e.Instance }) {
		d.Errorf(name.Range, fmt.Sprintf(`give each a name of its own, as in executor %q "second"`, e.Plugin), "there are two executors %s", e.Instance)
	}
	d.settings(p.Value, "an executor", envPrefix+"EXECUTOR_"+variableName(e.Instance)+"_", []setting{
		d.number("cpus", 0, MaxCPUs, &e.CPUs),
		d.texts("gpus", &e.GPUs),
		d.duration("give_up_after", &e.GiveUpAfter),
		d.texts("allow", &e.Allow),
		d.path("path", &e.Path),
		d.text("sha256", &e.SHA256, isSHA256),
	}, block{"config", func(c lang.Pair) {
		if e.Config != nil {
			d.Errorf(c.At, "put everything into one", "executor %s has two config blocks", e.Instance)
		}
		e.Config = c.Value
	}})
	if e.CPUsByDefault = e.CPUs == byDefault; e.CPUsByDefault {
		e.CPUs = DefaultCPUs()
	}
	switch e.GiveUpAfter {
	case byDefault:
		e.GiveUpAfter = 0
	case 0:
		d.Errorf(p.At, `write a time such as "24h"`, "give_up_after of executor %s has to be more than 0", e.Instance)
	}
	e.SHA256 = strings.ToLower(e.SHA256)
	d.uniqueGPUs(p, &e)
	s.Executors = append(s.Executors, e)
}

func (d *decoder) uniqueGPUs(p lang.Pair, e *Executor) {
	for i, gpu := range e.GPUs {
		if slices.Contains(e.GPUs[:i], gpu) {
			d.Errorf(p.At, "name each GPU once", "executor %s has GPU %s twice", e.Instance, gpu)
		}
	}
}

func isSHA256(s string) error {
	if b, err := hex.DecodeString(s); err != nil || len(b) != 32 {
		return fmt.Errorf("%q is no SHA-256 checksum of 64 hexadecimal digits", s)
	}
	return nil
}

// slots gives the variables CPUS and GPUS of the Python services to the
// executor that there is.
func (d *decoder) slots(s *Site) {
	cpus, gpus := d.variable("CPUS", false), d.variable("GPUS", true)
	if cpus == nil && gpus == nil {
		return
	}
	if len(s.Executors) > 1 {
		d.Warnf(lang.NewSource(environment+"CPUS, GPUS", nil).Whole(), "set RADDEPLOY_EXECUTOR_NAME_CPUS and RADDEPLOY_EXECUTOR_NAME_GPUS instead", "there are several executors, so they mean none of them")
		return
	}
	to, devices := &s.CPUs, &s.GPUs
	if len(s.Executors) == 1 {
		to, devices = &s.Executors[0].CPUs, &s.Executors[0].GPUs
		s.Executors[0].CPUsByDefault = s.Executors[0].CPUsByDefault && cpus == nil
	}
	if cpus != nil {
		d.number("cpus", 0, MaxCPUs, to).read(cpus, "CPUS")
	}
	if gpus != nil {
		d.texts("gpus", devices).read(gpus, "GPUS")
	}
}
