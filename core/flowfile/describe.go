package flowfile

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk"
)

// describe returns the map of a flow, as a file in YAML has it: the reverse of
// decoding. It leaves out what has its default. An empty list that differs from
// none is there.
func describe(f *flow.Flow) *lang.Node { return (&describer{}).flow(f) }

// describeWhole is describe with the defaults.
func describeWhole(f *flow.Flow) *lang.Node { return (&describer{whole: true}).flow(f) }

type describer struct{ whole bool }

func (d *describer) flow(f *flow.Flow) *lang.Node {
	m := &mapping{}
	m.set("name", text(f.Name))
	m.text("version", f.Version)
	if d.whole || f.Priority != 0 {
		m.set("priority", number(int64(f.Priority)))
	}
	m.text("owner", f.Owner)
	if mode := cmp.Or(f.Mode, flow.Live); d.whole || mode != flow.Live {
		m.set("mode", text(string(mode)))
	}
	if exclude := cmp.Or(f.Exclude, flow.ExcludeFlow); d.whole || exclude != flow.ExcludeFlow {
		m.set("exclude", text(string(exclude)))
	}
	if c := f.Complete; c != nil {
		m.set("complete", rule(c))
	}
	list(m, "return_to_sender_on_ports", f.ReturnToSenderOnPorts, func(p int) *lang.Node { return number(int64(p)) })
	m.texts("tar_subdir", f.TarSubdir)
	m.any("extra", f.Extra)
	list(m, "triggers", f.Triggers, trigger)
	m.texts("called_ae_titles", f.CalledAETitles)
	models := &lang.Node{Kind: lang.List}
	for i := range f.Models {
		models.Items = append(models.Items, d.model(i, &f.Models[i]))
	}
	m.set("models", models)
	list(m, "destinations", f.Destinations, func(d flow.Destination) *lang.Node {
		if d.Name != "" {
			return text(d.Name)
		}
		inner := &mapping{}
		inner.text("host", d.Host)
		inner.number("port", int64(d.Port))
		inner.text("ae_title", d.AETitle)
		return inner.node()
	})
	return m.node()
}

func trigger(t flow.Trigger) *lang.Node {
	m := &mapping{}
	for _, tag := range t.Tags {
		if len(tag.Patterns) == 1 {
			m.set(tag.Tag, text(tag.Patterns[0]))
		} else {
			m.set(tag.Tag, textList(tag.Patterns))
		}
	}
	return m.node()
}

func (d *describer) model(i int, f *flow.Model) *lang.Node {
	m := &mapping{}
	if d.whole || f.Name != strconv.Itoa(i) {
		m.set("name", text(f.Name))
	}
	container(m, &f.Container)
	switch {
	case d.whole, f.GPUs > 1:
		m.set("gpu", number(int64(f.GPUs)))
	case f.GPUs == 1:
		m.set("gpu", plain("true"))
	}
	d.mounts(m, "input_mounts", f.Inputs, flow.Mount{Name: flow.Src, Path: defaultInputPath})
	d.mounts(m, "output_mounts", f.Outputs, flow.Mount{Name: flow.Dst, Path: defaultOutputPath})
	m.statics(f.Statics)
	if d.whole || !f.PullBeforeExec {
		m.set("pull_before_exec", plain(strconv.FormatBool(f.PullBeforeExec)))
	}
	if d.whole || f.Timeout != defaultTimeout {
		m.duration("timeout", f.Timeout)
	}
	if d.whole || f.Retries != 0 {
		m.set("retries", number(int64(f.Retries)))
	}
	m.text("oom", string(f.OOM))
	m.text("executor", f.Executor)
	switch {
	case f.ConfigFile != defaultConfigFile:
		m.set("config_path", text(strings.TrimSuffix(f.ConfigDumpFolder, "/")+"/"+f.ConfigFile))
	case f.ConfigDumpFolder != defaultConfigDir:
		m.set("config_dump_folder", text(f.ConfigDumpFolder))
	}
	if f.Config != nil {
		m.set("config", lang.DescribeTyped(f.Config))
	}
	m.any("options", f.Options)
	return m.node()
}

// mapping collects the entries of a map.
type mapping struct{ pairs []lang.Pair }

func (m *mapping) node() *lang.Node { return &lang.Node{Kind: lang.Map, Pairs: m.pairs} }

func (m *mapping) set(key string, n *lang.Node) {
	m.pairs = append(m.pairs, lang.Pair{Key: key, Value: n})
}

// text sets a text unless it is empty.
func (m *mapping) text(key, s string) {
	if s != "" {
		m.set(key, text(s))
	}
}

// number sets a number unless it is 0.
func (m *mapping) number(key string, i int64) {
	if i != 0 {
		m.set(key, number(i))
	}
}

// size sets a number of bytes unless it is 0, with the suffix that people would
// write.
func (m *mapping) size(key string, i int64) {
	for _, suffix := range []string{"g", "m", "k"} {
		unit, err := sdk.ParseSize("1" + suffix)
		// sizes are read as floating-point numbers
		if err == nil && i > 0 && i%int64(unit) == 0 && i < 1<<53 {
			m.set(key, text(strconv.FormatInt(i/int64(unit), 10)+suffix))
			return
		}
	}
	m.number(key, i)
}

// duration sets a time unless it is 0: whole seconds as a number, others with
// their units.
func (m *mapping) duration(key string, t time.Duration) {
	switch s := sdk.FormatDuration(t); {
	case t == 0:
	case strings.HasSuffix(s, "s") && t%time.Second == 0:
		m.number(key, int64(t/time.Second))
	default:
		m.set(key, text(s))
	}
}

// texts sets a list of texts unless there is none.
func (m *mapping) texts(key string, all []string) {
	if all != nil {
		m.set(key, textList(all))
	}
}

// any sets a map of anything unless there is none.
func (m *mapping) any(key string, v map[string]any) {
	if v != nil {
		m.set(key, lang.Describe(v))
	}
}

// list sets a list unless there is none.
func list[T any](m *mapping, key string, all []T, node func(T) *lang.Node) {
	if all == nil {
		return
	}
	n := &lang.Node{Kind: lang.List}
	for _, one := range all {
		n.Items = append(n.Items, node(one))
	}
	m.set(key, n)
}

func text(s string) *lang.Node { return &lang.Node{Kind: lang.Scalar, Text: s} }

func plain(s string) *lang.Node { return &lang.Node{Kind: lang.Scalar, Text: s, Plain: true} }

func number(i int64) *lang.Node { return plain(strconv.FormatInt(i, 10)) }

func textList(all []string) *lang.Node {
	n := &lang.Node{Kind: lang.List}
	for _, s := range all {
		n.Items = append(n.Items, text(s))
	}
	return n
}
