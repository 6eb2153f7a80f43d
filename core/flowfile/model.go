package flowfile

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

func (d *decoder) models(n *lang.Node) []flow.Model {
	if !d.list(n, "models", "begin each model with -") {
		return nil
	}
	all := make([]flow.Model, len(n.Items))
	for i, item := range n.Items {
		all[i] = flow.Model{
			Name:             fmt.Sprint(i),
			Inputs:           []flow.Mount{{Name: flow.Src, Path: defaultInputPath}},
			Outputs:          []flow.Mount{{Name: flow.Dst, Path: defaultOutputPath}},
			PullBeforeExec:   true,
			Timeout:          defaultTimeout,
			ConfigDumpFolder: defaultConfigDir,
			ConfigFile:       defaultConfigFile,
		}
		if item.Kind != lang.Map {
			d.WrongType(item, fmt.Sprintf("model %d", i), "a map with an image")
			continue
		}
		d.model(item, &all[i])
	}
	return all
}

func (d *decoder) model(n *lang.Node, m *flow.Model) {
	if v := n.Get("executor"); v != nil && v.Kind == lang.Scalar {
		m.Executor = v.Text // decides which words are allowed below
	}
	container := d.containerKeys(&m.Container)
	known := append(d.modelKeys(n, m, container), container...)
	d.keys(n, known, func(p lang.Pair) {
		if isDockerWord(p.Key) {
			d.dockerWord(p, m, names(container))
			return
		}
		if !d.oldModelWord(n, p, m) {
			d.unknown(known, "a model")(p)
		}
	})
	var ports []int
	for _, port := range m.Container.Ports {
		ports = append(ports, port.Host)
	}
	for _, word := range flow.Guarded(m.Container.IPCMode, m.Container.DeviceRules, ports...) {
		if !d.allows(m, word) {
			d.refuse(given(n, word), word)
		}
	}
}

// given is where a container's word stands: on the model, or in docker_kwargs.
func given(model *lang.Node, word string) lang.Range {
	if p := model.Pair(word); p != nil {
		return p.At
	}
	return model.Get("docker_kwargs").Pair(word).At
}

// modelKeys are the words of a model besides its container's. n is the map that
// they are read from.
func (d *decoder) modelKeys(n *lang.Node, m *flow.Model, container []key) []key {
	return []key{
		{"docker_kwargs", kind{"map of container words", schemaRef("container")}, "", "The container, in the words of docker-py's containers.run; image is required. The same words can stand directly on the model.",
			func(v *lang.Node) { d.dockerKwargs(n, v, m, container) }},
		{"name", aText(), "the model's number, from 0", "Shown in the dashboard, in logs and in the graph.",
			func(v *lang.Node) { d.text(v, "name", &m.Name) }},
		{"gpu", kind{"true, false, or a number of GPUs", anyOf(schema{"type": "boolean"}, schema{"type": "integer", "minimum": 0, "maximum": 1024}, schema{"type": "string"})}, "false", "How many GPUs the model needs. true is one, and so is any text but false, no and 0.",
			func(v *lang.Node) { m.GPUs = d.gpus(v) }},
		{"input_mounts", aMap("names to container paths"), "src: /input", "What the model reads: src, which is what was received, and outputs of other models. Each is a private copy.",
			func(v *lang.Node) { m.Inputs = d.mounts(v, "input_mounts", m.Inputs) }},
		{"output_mounts", aMap("names to container paths"), "dst: /output", "What the model writes. Names that begin with dst are sent; exactly one of the flow's outputs is called dst.",
			func(v *lang.Node) { m.Outputs = d.mounts(v, "output_mounts", m.Outputs) }},
		{"static_mounts", kind{`map of names to container paths, or a list of "name:/path"`, anyOf(mapOf(orNothing(scalar)), scalar, listOf(anyOf(scalar, mapOf(scalar))))}, "", "Folders and archives of the site's static folder, read-only, such as a model's weights.",
			func(v *lang.Node) { m.Statics = d.statics(v) }},
		{"pull_before_exec", aBool(), "true", "Try to pull the image before each run. If that fails and the image is there, it is used.",
			func(v *lang.Node) { d.bool(v, "pull_before_exec", &m.PullBeforeExec) }},
		{"timeout", aDuration(), "30m", "How long the container may run; then it is stopped and the task has failed.",
			func(v *lang.Node) {
				if t, ok := d.Duration(v, "timeout"); ok {
					m.Timeout = t
				}
			}},
		{"config", anyMap(), "", "Written as YAML to the file config.yaml in config_dump_folder. PyYAML reads the same types from it, of keys too.",
			func(v *lang.Node) { m.Config, _ = d.TypedMap(v, "config") }},
		{"config_dump_folder", aPath(), "/config", "Where the container finds config.yaml.",
			func(v *lang.Node) { d.text(v, "config_dump_folder", &m.ConfigDumpFolder) }},
		{"config_path", aPath(), "", "Instead of config_dump_folder: the file itself.",
			func(v *lang.Node) { d.configPath(n, v, m) }},
		{"executor", aText(), "the site's choice", "Pins the model to one executor of the site.",
			func(v *lang.Node) { d.executor(v, m) }},
		{"retries", anInt(0, 1000), "0", "Further tries after the container failed. What infrastructure failed is tried again apart from these, with growing pauses, until the executor's give_up_after (24h).",
			func(v *lang.Node) { d.int(v, "retries", 0, 1000, &m.Retries) }},
		{"oom", kind{"fail or warn", schema{"enum": []string{"fail", "warn"}}}, "fail", "What it means that the kernel killed a process of the container for its memory, and the container ended with code 0: its results may be cut.",
			func(v *lang.Node) {
				if s, ok := d.Text(v, "oom"); ok && s != string(flow.OOMFail) {
					m.OOM = flow.OOM(s)
				}
			}},
		{"options", anyMap(), "", "Words that only one executor plugin knows, checked against that plugin's schema.",
			func(v *lang.Node) { d.modelOptions(v, m) }},
	}
}

// executor reads the name of the executor instance that a task is pinned to.
func (d *decoder) executor(n *lang.Node, m *flow.Model) {
	d.text(n, "executor", &m.Executor)
	if known := d.options.Executors; known != nil && n.Kind == lang.Scalar && !slices.Contains(known, m.Executor) {
		d.Errorf(n.Range, suggest.Hint(m.Executor, known, "name an executor block of the site's configuration"), "the site has no executor %s", m.Executor)
	}
}

// configPath reads the file that the model's configuration is written to.
func (d *decoder) configPath(model, n *lang.Node, m *flow.Model) {
	if other := model.Pair("config_dump_folder"); other != nil {
		d.Errorf(model.Pair("config_path").At, "remove one of them", "config_path and config_dump_folder mean the same")
		return
	}
	var file string
	d.text(n, "config_path", &file)
	if file == "" {
		return
	}
	if slices.Contains(strings.Split(file, "/"), "..") {
		d.Errorf(n.Range, "write "+path.Clean(file)+", if that is meant", "config_path %s leads out of its folder", file)
		return
	}
	if strings.HasSuffix(file, "/") {
		m.ConfigDumpFolder = path.Clean(file)
		return
	}
	m.ConfigDumpFolder, m.ConfigFile = path.Split(path.Clean(file))
	m.ConfigDumpFolder = path.Clean(m.ConfigDumpFolder)
}

// gpus reads how many GPUs a model needs. The original took a name or a boolean
// for one of them.
func (d *decoder) gpus(n *lang.Node) int {
	if n.Kind != lang.Scalar {
		d.WrongType(n, "gpu", "true, false or a number of GPUs")
		return 0
	}
	switch strings.ToLower(n.Text) {
	case "", "false", "0", "no", "off", "none":
		return 0
	}
	if n.Plain {
		quiet := lang.Diagnostics{}
		if _, number := quiet.Int(n, "", math.MinInt64, math.MaxInt64); number {
			i, _ := d.Int(n, "gpu", 0, 1024) // 0 if it is out of range, which is reported
			return int(i)
		}
	}
	return 1
}

// mounts reads a map of names to container paths, sorted by name. An empty map
// is the default, as an absent one is.
func (d *decoder) mounts(n *lang.Node, what string, otherwise []flow.Mount) []flow.Mount {
	if n.Kind != lang.Map {
		d.WrongType(n, what, "a map of names to paths in the container, such as src: /input")
		return otherwise
	}
	if len(n.Pairs) == 0 {
		return otherwise
	}
	return d.mountMap(n, what)
}

func (d *decoder) mountMap(n *lang.Node, what string) []flow.Mount {
	all := make([]flow.Mount, 0, len(n.Pairs))
	for _, p := range n.Pairs {
		m := flow.Mount{Name: p.Key}
		if p.Value.Broken {
			all = append(all, m)
			continue
		}
		if p.Value.Kind == lang.Null {
			p.Value.Broken = true
			d.Errorf(p.At, "write where the container is to see it, such as /"+p.Key, "%s in %s has no path", p.Key, what)
		} else {
			d.text(p.Value, "the path of "+p.Key, &m.Path)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b flow.Mount) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// statics reads a map, a list of "name:/path" or one such text.
func (d *decoder) statics(n *lang.Node) []flow.Mount {
	switch n.Kind {
	case lang.Map:
		return d.mountMap(n, "static_mounts")
	case lang.Scalar:
		if n.Text == "" {
			return nil
		}
		return d.static(nil, n)
	case lang.List:
		var all []flow.Mount
		for _, item := range n.Items {
			switch item.Kind {
			case lang.Scalar:
				all = d.static(all, item)
			case lang.Map:
				all = append(all, d.mountMap(item, "static_mounts")...)
			default:
				d.WrongType(item, "each entry of static_mounts", `text such as "name:/path"`)
			}
		}
		return all
	}
	d.WrongType(n, "static_mounts", `a map of names to paths, or a list of texts such as "name:/path"`)
	return nil
}

func (d *decoder) static(all []flow.Mount, n *lang.Node) []flow.Mount {
	name, where, ok := strings.Cut(n.Text, ":")
	switch {
	case !ok:
		d.Errorf(n.Range, fmt.Sprintf("write %s:/path", name), "static mount %q does not say where the container sees it", n.Text)
	case strings.Contains(where, ":"):
		d.Errorf(n.Range, "leave out :ro and :rw; static mounts are read-only", "static mount %q has more than one colon", n.Text)
	case slices.ContainsFunc(all, func(m flow.Mount) bool { return m.Name == name && m.Path == where }):
	default:
		return append(all, flow.Mount{Name: name, Path: where})
	}
	return all
}

// modelOptions reads the words that only one plugin knows, next to those that
// docker_kwargs has put there.
func (d *decoder) modelOptions(n *lang.Node, m *flow.Model) {
	if n.Kind != lang.Map {
		d.WrongType(n, "options", "a map")
		return
	}
	for _, p := range n.Pairs {
		d.setOption(m, p)
	}
}

func (d *decoder) setOption(m *flow.Model, p lang.Pair) {
	if _, taken := m.Options[p.Key]; taken {
		d.Errorf(p.At, "remove one of them", "%s is given as an option and as a word of the container", p.Key)
		return
	}
	if p.Value.Kind == lang.Null {
		return
	}
	if m.Options == nil {
		m.Options = map[string]any{}
	}
	m.Options[p.Key] = d.Any(p.Value)
}
