package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
)

// installation is what was read of one.
type installation struct {
	settings map[string]map[string]value // by service and key
	env      map[string]value            // of .env files
	composes []composeFile
	flows    []File
	mounts   map[string]value // by the last word of the container's path: flows, static, database
	replicas map[string]int   // by service
	ports    map[string]value // the published address of a service
	notes    []Note
}

// value is a setting and where it stands.
type value struct {
	node *lang.Node
	from string
}

func (v value) text() string {
	if v.node == nil {
		return ""
	}
	return v.node.Text
}

// list is a value that may be a list or, as in an environment variable, words.
func (v value) list() []string {
	if v.node == nil || v.node.Kind == lang.Null || strings.EqualFold(v.node.Text, "null") || strings.EqualFold(v.node.Text, "none") {
		return nil
	}
	if v.node.Kind == lang.List {
		var all []string
		for _, item := range v.node.Items {
			all = append(all, item.Text)
		}
		return all
	}
	return strings.FieldsFunc(v.node.Text, func(r rune) bool { return strings.ContainsRune(" ,[]'\"", r) })
}

func textValue(text, from string) value {
	return value{&lang.Node{Kind: lang.Scalar, Text: text, Plain: true}, from}
}

// services are those that an installation is made of, by the words that name
// them in folders, images and compose files.
var services = []struct{ word, service string }{
	{"storescp", "storescp"}, {"storescu", "storescu"}, {"fingerprinter", "fingerprinter"}, {"consumer", "consumer"}, {"scheduler", "scheduler"},
	{"flow_tracker", "flow_tracker"}, {"static_storage", "static_storage"}, {"file_storage", "file_storage"}, {"janitor", "janitor"},
	{"rabbit", "rabbit"}, {"dashboard", "dashboard"}, {"grafana", "dashboard"}, {"base", "base"},
}

// serviceOf finds the service that a name means, or "".
func serviceOf(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	for _, s := range services {
		if strings.Contains(name, s.word) {
			return s.service
		}
	}
	return ""
}

// deepest is how far below a folder files are looked for.
const deepest = 5

func (in *installation) read(path string) error {
	root := filepath.Clean(path)
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the installation: %w", err)
		}
		name := entry.Name()
		if entry.IsDir() {
			below, _ := filepath.Rel(root, file)
			hidden := strings.HasPrefix(name, ".") && file != root && len(name) > 1
			if hidden || slices.Contains([]string{"tests", "src", "test_data", "node_modules"}, name) && file != root || strings.Count(below, "/") >= deepest {
				return fs.SkipDir
			}
			return nil
		}
		return in.file(root, file)
	})
}

func (in *installation) file(root, file string) error {
	name := filepath.Base(file)
	environment := name == ".env" || filepath.Ext(name) == ".env" || strings.HasPrefix(name, ".env.") && !strings.HasSuffix(name, ".example")
	if !environment && filepath.Ext(name) != ".yaml" && filepath.Ext(name) != ".yml" {
		if file == root {
			return errors.New(file + " is neither YAML nor an environment file")
		}
		return nil
	}
	text, err := lang.ReadFile(file)
	switch {
	case err != nil && file == root:
		return err
	case err != nil:
		in.note(Broken, file, "it was left out, because it cannot be read: %v", cause(err))
	case environment:
		for key, v := range parseEnv(file, string(text)) {
			in.env[key] = v
		}
	default:
		in.yaml(root, file, text)
	}
	return nil
}

// cause is why a file cannot be read, without its name.
func cause(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// yaml takes in one file for what it holds.
func (in *installation) yaml(root, file string, text []byte) {
	node, diagnostics := lang.ParseYAML(lang.NewSource(file, text))
	switch {
	case node == nil || node.Kind != lang.Map:
		if diagnostics.HasErrors() {
			in.complain(diagnostics)
		}
	case node.Get("services") != nil:
		in.composes = append(in.composes, composeFile{file, node})
	case node.Get("models") != nil || node.Get("model") != nil || node.Get("triggers") != nil:
		if filepath.Ext(file) == ".yml" {
			in.note(Changed, file, "the Python version passed over files that end in .yml; this flow now takes part")
		}
		in.flows = append(in.flows, File{Name: flowName(root, file), Text: text, From: file})
	case slices.ContainsFunc(node.Pairs, func(p lang.Pair) bool { return isSetting(p.Key) }):
		service := serviceOf(filepath.Base(filepath.Dir(filepath.Dir(file))))
		if filepath.Base(filepath.Dir(file)) != "conf.d" || service == "" {
			service = guess(node)
		}
		for _, p := range node.Pairs {
			in.set(service, p.Key, value{p.Value, fmt.Sprintf("%s:%d", file, p.At.Start.Line)})
		}
	default:
		in.note(Missing, file, "it is not understood: it holds neither settings, nor services, nor a flow")
	}
}

// flowName is where a flow lies below the folder of flows.
func flowName(root, file string) string {
	for dir := filepath.Dir(file); dir != root && dir != "." && dir != "/"; dir = filepath.Dir(dir) {
		if base := filepath.Base(dir); base == "flows" || base == "fingerprints" {
			root = dir
			break
		}
	}
	name, err := filepath.Rel(root, file)
	if err != nil || name == "." {
		return filepath.Base(file)
	}
	return filepath.ToSlash(name)
}

func isSetting(key string) bool {
	return key == strings.ToUpper(key) && strings.ContainsAny(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// guess tells whose settings these are.
func guess(n *lang.Node) string {
	for _, g := range []struct{ key, service string }{
		{"FLOW_DIRECTORY", "fingerprinter"}, {"CPUS", "consumer"}, {"GPUS", "consumer"}, {"DASHBOARD_RULES", "flow_tracker"},
		{"FILE_JANITOR_DELETE_FILES_AFTER", "file_storage"}, {"FILE_STORAGE_TEMP_DIR", "file_storage"}, {"FILE_STORAGE_BASE_DIR", "static_storage"},
		{"AE_WHITELISTED_HOSTS", "storescp"}, {"AE_BLACKLISTED_HOSTS", "storescp"}, {"AE_WHITELISTED_IP_NETWORKS", "storescp"},
		{"PYNETDICOM_LOG_LEVEL", "storescp"}, {"TAR_SUBDIR", "storescp"}, {"PUB_ROUTING_KEY_GPU", "scheduler"},
	} {
		if n.Get(g.key) != nil {
			return g.service
		}
	}
	if n.Get("AE_TITLE") != nil && n.Get("SUB_MODELS") != nil {
		return "storescu"
	}
	if n.Get("AE_TITLE") != nil {
		return "storescp"
	}
	return "any service"
}

func (in *installation) set(service, key string, v value) {
	if in.settings[service] == nil {
		in.settings[service] = map[string]value{}
	}
	in.settings[service][key] = v
}

// parseEnv reads lines of NAME=value.
func parseEnv(file, text string) map[string]value {
	env := map[string]value{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		name, v, found := strings.Cut(line, "=")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		v = strings.Trim(strings.TrimSpace(v), `"'`)
		env[strings.TrimSpace(name)] = textValue(v, fmt.Sprintf("%s:%d", file, i+1))
	}
	return env
}
