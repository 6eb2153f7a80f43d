package flow

import (
	"path"
	"slices"
	"strings"
)

// systems are the folders of a container that belong to its kernel.
var systems = []string{"/proc", "/sys", "/dev"}

// target is where a container sees something.
type target struct{ name, path string }

// mounts checks where a model's container sees its files.
func (p *problems) mounts(i int, m *Model) {
	folder := at("models", i, "config_dump_folder")
	var taken []target
	switch file := m.ConfigFile; {
	case !path.IsAbs(m.ConfigDumpFolder):
		p.add(folder, "write it from the root, such as /config", "config_dump_folder %q is no path in the container", m.ConfigDumpFolder)
	case file != "" && badMount(file, false) != "":
		p.add(folder, "write a file in a folder, such as /config/config.yaml", "config_path does not name a file: its last part %q %s", file, badMount(file, false))
	case path.Clean(m.ConfigDumpFolder) == "/":
		p.add(folder, "name a folder below, such as /config", "the configuration's folder would hide the whole container")
	default:
		taken = p.target(folder, m, target{"config_dump_folder", m.ConfigDumpFolder}, nil)
	}
	for _, kind := range []struct {
		key    string
		mounts []Mount
	}{{"input_mounts", m.Inputs}, {"output_mounts", m.Outputs}, {"static_mounts", m.Statics}} {
		for _, mount := range kind.mounts {
			place := at("models", i, kind.key, mount.Name)
			if reason := badMount(mount.Name, kind.key == "static_mounts"); reason != "" {
				p.atKey(place, "", "the name %q in %s of model %s %s", mount.Name, kind.key, m.Name, reason)
			}
			taken = p.target(place, m, target{mount.Name, mount.Path}, taken)
		}
	}
}

// target checks one path against those that are taken, and returns it with them.
func (p *problems) target(place []string, m *Model, t target, taken []target) []target {
	clean := path.Clean(t.path)
	system := slices.IndexFunc(systems, func(s string) bool { return within(clean, s) })
	over := slices.IndexFunc(taken, func(o target) bool { return within(clean, o.path) || within(o.path, clean) })
	switch {
	case !path.IsAbs(t.path):
		p.add(place, "write it from the root, such as /input", "%s of model %s is to be mounted at %q, which is no path in a container", t.name, m.Name, t.path)
	case clean == "/":
		p.add(place, "mount it at a folder, such as /input", "%s of model %s would hide the whole container", t.name, m.Name)
	case system >= 0:
		p.add(place, "mount it somewhere else, such as /"+path.Base(t.name), "%s of model %s is to be mounted at %s, and %s belongs to the kernel", t.name, m.Name, clean, systems[system])
	case slices.Contains(strings.Split(t.path, "/"), ".."):
		p.add(place, "write "+clean+", if that is meant", "%s of model %s is to be mounted at %s, which leads out of its folder", t.name, m.Name, t.path)
	case over >= 0 && taken[over].path == clean:
		p.add(place, "mount it somewhere else", "%s and %s of model %s are both to be mounted at %s", taken[over].name, t.name, m.Name, clean)
	case over >= 0:
		p.add(place, "mount them beside each other", "%s of model %s, at %s, and %s, at %s, would lie one in the other", t.name, m.Name, clean, taken[over].name, taken[over].path)
	default:
		return append(taken, target{t.name, clean})
	}
	return taken
}

// within reports whether a path is a folder or lies in it. Both are clean.
func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// badMount says why a mount's name cannot be a folder's. A static may lie in a
// folder of the static folder.
func badMount(s string, nested bool) string {
	if reason := badName(s); reason != "" {
		return reason
	}
	if !nested && strings.ContainsAny(s, `/\`) {
		return `contains / or \`
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || part == "." || part == ".." {
			return "does not stay inside its folder"
		}
	}
	return ""
}
