package config

import (
	"github.com/raddeploy/raddeploy/core/lang"
	"net"
	"path/filepath"
	"strconv"
)

// finish turns what was read from all files into a site. Default folders lie in
// base.
func (d *decoder) finish(root *lang.Node, base string) (*Site, lang.Diagnostics) {
	s := Default(filepath.Join(base, "data"))
	s.FlowDirs, s.StaticDir = []string{filepath.Join(base, "flows")}, filepath.Join(base, "static")
	d.site(root, s)
	s.FlowDirs = append(s.FlowDirs, d.flows...)
	diags := d.FirstOfEachPlace()
	diags.Sort()
	if diags.HasErrors() {
		return nil, diags
	}
	return s, diags
}

const envPrefix = "RADDEPLOY_"

// site reads everything. Each block is read once, whether it is there or not,
// because the environment may speak for it.
func (d *decoder) site(root *lang.Node, s *Site) {
	tarSubdir := d.texts("tar_subdir", &s.TarSubdir)
	tarSubdir.env = "TAR_SUBDIR"
	skip := func(lang.Pair) {}
	d.settings(root, "a site", envPrefix, []setting{
		d.text("name", &s.Name, notEmpty),
		d.path("data_dir", &s.DataDir),
		d.path("plugin_dir", &s.PluginDir),
		tarSubdir,
	},
		block{"dicom", skip}, block{"flows", skip}, block{"static", skip}, block{"deliver", skip}, block{"http", skip}, block{"audit", skip},
		block{"retention", skip}, block{"log", skip},
		block{"executor", func(p lang.Pair) { d.executor(p, s) }},
		block{"destination", func(p lang.Pair) { d.destination(p, s) }},
		block{"notify", func(p lang.Pair) { d.notify(p, s) }},
		block{"flow", d.flow},
	)
	d.dicom(section(root, "dicom"), &s.DICOM)
	dirs := d.paths("dirs", &s.FlowDirs)
	dirs.env = "FLOW_DIRECTORY"
	d.settings(section(root, "flows"), "flows", envPrefix+"FLOWS_", []setting{dirs})
	d.settings(section(root, "static"), "static", envPrefix+"STATIC_", []setting{d.path("dir", &s.StaticDir)})
	d.settings(section(root, "deliver"), "deliver", envPrefix+"DELIVER_", []setting{
		d.duration("give_up_after", &s.Delivery.GiveUpAfter),
		d.duration("retry_min", &s.Delivery.RetryMin),
		d.duration("retry_max", &s.Delivery.RetryMax),
	})
	d.http(section(root, "http"), &s.HTTP)
	d.audit(section(root, "audit"), &s.Audit)
	d.settings(section(root, "retention"), "retention", envPrefix+"RETENTION_", []setting{
		d.duration("files", &s.Retention.Files),
		d.duration("runs", &s.Retention.Runs),
		d.duration("logs", &s.Retention.Logs),
		d.size("reserve", &s.Retention.Reserve),
		d.duration("files_min", &s.Retention.FilesMin),
		d.size("log_size", &s.Retention.LogSize),
	})
	level := d.oneOf("level", &s.Log.Level, "trace", "debug", "info", "warn", "error")
	level.env = "LOG_LEVEL"
	level.read = pythonLevel(level.read)
	d.settings(section(root, "log"), "log", envPrefix+"LOG_", []setting{
		level,
		d.oneOf("format", &s.Log.Format, "text", "json"),
		d.path("file", &s.Log.File),
	})
	d.slots(s)
	for _, p := range root.Pairs {
		if p.Key == "destination" && p.Block {
			d.reporters(p, s)
		}
	}
}

// section returns the body of a block of which there is one, or an empty body.
func section(n *lang.Node, name string) *lang.Node {
	if p := n.Pair(name); p != nil && p.Block {
		return p.Value
	}
	return &lang.Node{Kind: lang.Map}
}

// flow looks at a flow's name only. Package flowfile reads flows, and one that
// is wrong does not keep the site from being used.
func (d *decoder) flow(p lang.Pair) {
	if len(p.Labels) == 0 {
		d.Errorf(p.At, `write flow "NAME" { … }, or flows { dirs = ["flows"] } for the folders of flow files`, "a flow needs a name")
	}
}

// pythonLevel lets a level be one of the numbers of Python's logging.
func pythonLevel(read func(*lang.Node, string)) func(*lang.Node, string) {
	return func(n *lang.Node, what string) {
		if name := map[string]string{"10": "debug", "20": "info", "30": "warn", "40": "error", "50": "error"}[n.Text]; name != "" {
			c := *n
			c.Text = name
			n = &c
		}
		read(n, what)
	}
}

// listen reads host:port.
func (d *decoder) listen(name string, to *string) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		s, ok := d.Text(n, what)
		if !ok {
			return
		}
		_, port, err := net.SplitHostPort(s)
		if i, err2 := strconv.Atoi(port); err != nil || err2 != nil || i < 0 || i > 65535 {
			d.Errorf(n.Range, `write host:port, such as "0.0.0.0:10000"`, "%s has to be an address with a port, and %q is not", what, s)
			return
		}
		*to = s
	}}
}
