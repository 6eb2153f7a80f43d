package importer

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/lang"
)

// composeFile is a compose file with its services.
type composeFile struct {
	name string
	root *lang.Node
}

// compose takes in what the compose files say: the environment goes before the
// files of conf.d.
func (in *installation) compose() {
	in.mounts, in.replicas, in.ports = map[string]value{}, map[string]int{}, map[string]value{}
	// the services were started by something else that gave them the environment
	if len(in.composes) == 0 {
		for service, settings := range in.settings {
			for key := range settings {
				if v, ok := in.env[key]; ok {
					in.set(service, key, v)
				}
			}
		}
	}
	for _, c := range in.composes {
		for _, p := range c.root.Get("services").Pairs {
			in.service(c, p)
		}
	}
}

func (in *installation) service(c composeFile, p lang.Pair) {
	from := fmt.Sprintf("%s:%d", c.name, p.At.Start.Line)
	service := serviceOf(p.Key)
	if image := p.Value.Get("image"); service == "" && image != nil {
		service = serviceOf(image.Text)
	}
	switch service {
	case "":
		in.note(Missing, from, "service %s is none of RadDeploy's: go on running it", p.Key)
		return
	case "dashboard":
		in.note(Changed, from, "the dashboard reads the flow tracker's database: give Grafana data_dir/state.db, whose view rows has the same columns; "+
			"or use the agent's own pages at http { listen }")
		return
	case "rabbit", "base":
		in.note(Needless, from, "service %s: one program does everything, and nothing lies between its parts", p.Key)
		return
	}
	key := service // several consumers each have their settings
	if service == "consumer" && p.Key != "consumer" {
		key = "consumer " + p.Key
		for name, v := range in.settings["consumer"] {
			in.set(key, name, v)
		}
	}
	if in.settings[key] == nil {
		in.settings[key] = map[string]value{}
	}
	in.replicas[key] = 1
	if n := find(p.Value, "deploy", "replicas"); n != nil {
		if i, err := strconv.Atoi(n.Text); err == nil {
			in.replicas[key] = i
		}
	}
	in.environment(c, key, p.Value)
	in.volumes(c, p.Value)
	if ports := p.Value.Get("ports"); ports != nil && service == "storescp" {
		for _, n := range ports.Items {
			in.ports[service] = textValue(in.expand(n.Text), fmt.Sprintf("%s:%d", c.name, n.Range.Start.Line))
		}
	}
}

func find(n *lang.Node, keys ...string) *lang.Node {
	for _, key := range keys {
		if n == nil || n.Kind != lang.Map {
			return nil
		}
		n = n.Get(key)
	}
	return n
}

// environment is what a service is given: env_file first, then environment.
func (in *installation) environment(c composeFile, key string, service *lang.Node) {
	if files := service.Get("env_file"); files != nil {
		for _, name := range (value{files, ""}).list() {
			file := filepath.Join(filepath.Dir(c.name), name)
			text, err := lang.ReadFile(file)
			if err != nil {
				in.note(Broken, fmt.Sprintf("%s:%d", c.name, files.Range.Start.Line), "env_file %s cannot be read: %v", name, cause(err))
				continue
			}
			for name, v := range parseEnv(file, string(text)) {
				in.set(key, name, v)
			}
		}
	}
	environment := service.Get("environment")
	if environment == nil {
		return
	}
	for _, item := range environment.Items {
		if name, v, found := strings.Cut(item.Text, "="); found {
			in.set(key, name, textValue(in.expand(v), fmt.Sprintf("%s:%d", c.name, item.Range.Start.Line)))
		}
	}
	for _, p := range environment.Pairs {
		in.set(key, p.Key, textValue(in.expand(p.Value.Text), fmt.Sprintf("%s:%d", c.name, p.At.Start.Line)))
	}
}

func (in *installation) volumes(c composeFile, service *lang.Node) {
	volumes := service.Get("volumes")
	if volumes == nil {
		return
	}
	for _, n := range volumes.Items {
		host, inside, found := strings.Cut(in.expand(n.Text), ":")
		if n.Kind == lang.Map && find(n, "source") != nil && find(n, "target") != nil {
			host, inside, found = in.expand(find(n, "source").Text), find(n, "target").Text, true
		}
		if !found {
			continue
		}
		inside, _, _ = strings.Cut(inside, ":")
		if strings.HasPrefix(host, ".") {
			host = filepath.Join(filepath.Dir(c.name), host)
		}
		in.mounts[path.Base(inside)] = textValue(host, fmt.Sprintf("%s:%d", c.name, n.Range.Start.Line))
	}
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)`)

// expand puts in the variables of the .env files.
func (in *installation) expand(s string) string {
	return variable.ReplaceAllStringFunc(s, func(word string) string {
		m := variable.FindStringSubmatch(word)
		if v, ok := in.env[m[1]+m[3]]; ok {
			return v.text()
		}
		return m[2]
	})
}
