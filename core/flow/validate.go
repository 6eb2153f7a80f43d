package flow

import (
	"strings"
	"unicode"

	"github.com/distribution/reference"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Validate returns everything that is wrong with a flow, its triggers included.
// A flow without a problem other than warnings can be matched and run.
func Validate(f *Flow) []Problem {
	var p problems
	p.flow(f)
	p.triggers(f)
	for i := range f.Destinations {
		p.destination(i, f.Destinations[i])
	}
	names := map[string]int{}
	for i := range f.Models {
		m := &f.Models[i]
		p.model(i, m)
		if first, taken := names[m.Name]; taken {
			p.add(at("models", i, "name"), "give each a name of its own, so that logs can be told apart",
				"models %d and %d are both called %s", first, i, m.Name).Warning = true
		} else {
			names[m.Name] = i
		}
	}
	p.graph(f)
	return p
}

func (p *problems) flow(f *Flow) {
	if reason := badName(f.Name); reason != "" {
		p.add(at("name"), "", "the flow's name %s", reason)
	}
	if strings.ContainsFunc(f.Version, unicode.IsControl) {
		p.add(at("version"), "", "the flow's version has control characters")
	}
	if f.Priority < 0 || f.Priority > 5 {
		p.add(at("priority"), "", "priority has to be 0 to 5, and %d is not", f.Priority)
	}
	for i, port := range f.ReturnToSenderOnPorts {
		if !validPort(port) {
			p.add(at("return_to_sender_on_ports", i), "", "port has to be 1 to 65535, and %d is not", port)
		}
	}
	for i, entry := range f.TarSubdir {
		if strings.TrimSpace(entry) == "" {
			p.add(at("tar_subdir", i), "name a tag such as SeriesInstanceUID, or remove the entry", "an entry of tar_subdir is empty")
		}
	}
	switch f.Exclude {
	case ExcludeFlow, ExcludeFile:
	default:
		p.add(at("exclude"), "flow: an exclusion keeps the flow from running; file: it only leaves objects out", "exclude has to be flow or file, and %q is not", f.Exclude)
	}
	switch f.Mode {
	case Live, Shadow, Off:
	default:
		p.add(at("mode"), "shadow runs the models and sends nothing", "mode has to be live, shadow or off, and %q is not", f.Mode)
	}
	if c := f.Complete; c != nil {
		p.complete([]any{"complete"}, c)
	}
}

func (p *problems) destination(i int, d Destination) {
	if d.Name != "" {
		return
	}
	var missing []string
	for _, word := range []struct {
		name  string
		given bool
	}{{"host", d.Host != ""}, {"port", d.Port != 0}, {"ae_title", d.AETitle != ""}} {
		if !word.given {
			missing = append(missing, word.name)
		}
	}
	if missing != nil {
		p.add(at("destinations", i), "give host, port and ae_title, or the name of a destination of the site", "destination %d has no %s", i, strings.Join(missing, " and no "))
		return
	}
	if strings.ContainsAny(d.Host, " /\t") {
		p.add(at("destinations", i, "host"), "", "%q is no host name or address", d.Host)
	}
	if !validPort(d.Port) {
		p.add(at("destinations", i, "port"), "", "the port of destination %d has to be 1 to 65535, and %d is not", i, d.Port)
	}
	if _, err := dcm.ParseAETitle(d.AETitle); err != nil {
		p.add(at("destinations", i, "ae_title"), "", "%v", err)
	}
}

func (p *problems) model(i int, m *Model) {
	if reason := badName(m.Name); reason != "" {
		p.add(at("models", i, "name"), "", "the name of model %d %s", i, reason)
	}
	if strings.TrimSpace(m.Container.Image) == "" {
		p.add(at("models", i, "image"), "add image: and the container image to run", "model %s has no image", m.Name)
	} else if reason := badImage(m.Container.Image); reason != "" {
		p.add(at("models", i, "image"), `write one such as "registry.example.org/model:1.2"`, "model %s: image %q is not a reference to an image: %s", m.Name, m.Container.Image, reason)
	}
	if m.GPUs < 0 {
		p.add(at("models", i, "gpu"), "", "model %s asks for %d GPUs", m.Name, m.GPUs)
	}
	if m.Retries < 0 {
		p.add(at("models", i, "retries"), "", "retries of model %s has to be 0 or more", m.Name)
	}
	if m.OOM != "" && m.OOM != OOMFail && m.OOM != OOMWarn {
		p.add(at("models", i, "oom"), "warn lets it succeed where a process was killed for its memory", "oom of model %s has to be fail or warn, and %q is not", m.Name, m.OOM)
	}
	if m.Timeout <= 0 {
		p.add(at("models", i, "timeout"), "", "timeout of model %s has to be more than 0", m.Name)
	}
	p.mounts(i, m)
}

func validPort(n int) bool { return n >= 1 && n <= 65535 }

// badName says why a name cannot be shown and typed.
func badName(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "is empty"
	case len(s) > 128:
		return "is longer than 128 bytes"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "has control characters"
	}
	return ""
}

// badImage says what is wrong with the name of an image, "" if nothing is. Paths
// and URIs of images are for the executors that know such.
func badImage(image string) string {
	switch {
	case strings.HasPrefix(image, "-"):
		return "it begins with -, as an option of a program does"
	case strings.ContainsFunc(image, unicode.IsControl):
		return "it has control characters"
	case strings.HasPrefix(image, "/") || strings.Contains(image, "://"):
		return ""
	}
	if _, err := reference.ParseAnyReference(image); err != nil {
		return err.Error()
	}
	return ""
}
