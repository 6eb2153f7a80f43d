package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/datafolder"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/spool"
)

// debugging gathers what an archive for a bug report has. What cannot be had is missing,
// and does not keep the rest out.
type debugging struct {
	ctx    context.Context
	client *api.Client
	config []string
	lines  int
	now    time.Time

	hide    redact.Report
	site    *config.Site // nil: unknown
	files   []debugFile
	missing []string
}

// debugFile is a file of the archive before anything is taken out of it.
type debugFile struct {
	name string
	text string // of a file that is none of JSON
	tree any    // of one that is
}

func (d *debugging) add(name, text string) {
	d.files = append(d.files, debugFile{name: name, text: text})
}

// addJSON adds a value as JSON has it.
func (d *debugging) addJSON(name string, value any) {
	text, err := json.Marshal(value)
	var tree any
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		d.miss(name, err)
		return
	}
	d.hide.Hosts(tree)
	d.files = append(d.files, debugFile{name: name, tree: tree})
}

func (d *debugging) miss(name string, err error) {
	d.missing = append(d.missing, name+": "+strings.ReplaceAll(err.Error(), "\n", "; "))
}

// answer adds what a question is answered with.
func answer[T any](d *debugging, name string, ask func(context.Context) (T, error)) {
	value, err := ask(d.ctx)
	if err != nil {
		d.miss(name, err)
		return
	}
	d.addJSON(name, value)
}

func (d *debugging) gather() {
	d.addJSON("version.json", versions())
	d.configuration()
	if _, err := d.client.Health(d.ctx); err != nil {
		d.miss("status.json, health.json, executors.json, metrics.txt, goroutines.txt", err)
		d.withoutAgent()
	} else {
		d.ofAgent()
	}
	d.disk()
}

// versions is what runs this command, and where.
func versions() map[string]any {
	v := map[string]any{"raddeploy": Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "cpus": runtime.NumCPU()}
	var kernel unix.Utsname
	if unix.Uname(&kernel) == nil {
		v["kernel"] = unix.ByteSliceToString(kernel.Release[:]) + " " + unix.ByteSliceToString(kernel.Version[:])
	}
	var memory unix.Sysinfo_t
	if unix.Sysinfo(&memory) == nil {
		v["memory_bytes"], v["uptime_seconds"] = memory.Totalram*uint64(memory.Unit), memory.Uptime
	}
	return v
}

// ofAgent asks an agent that answers.
func (d *debugging) ofAgent() {
	answer(d, "status.json", d.client.Status)
	answer(d, "health.json", d.client.Health)
	answer(d, "executors.json", d.client.Executors)
	answer(d, "flows.json", d.agentFlows)
	if text, err := d.client.Metrics(d.ctx); err != nil {
		d.miss("metrics.txt", err)
	} else {
		d.add("metrics.txt", text)
	}
	inside, err := d.client.Debug(d.ctx)
	if err != nil {
		d.miss("log.txt, goroutines.txt, database.json", err)
		return
	}
	d.add("goroutines.txt", inside.Goroutines)
	d.add("log.txt", last(inside.Log, d.lines))
	d.addJSON("agent.json", map[string]any{"version": inside.Version, "go": inside.Go})
	if inside.Database == nil {
		d.miss("database.json", errors.New(inside.Problem))
		return
	}
	d.addJSON("database.json", inside.Database)
}

// agentFlows are the flows with what the agent has decoded, not their files' own text,
// whose comments could say anything.
func (d *debugging) agentFlows(ctx context.Context) ([]api.Flow, error) {
	flows, err := d.client.Flows(ctx)
	if err != nil {
		return nil, err
	}
	for i := range flows {
		if flows[i].Digest == "" {
			continue // its file holds none
		}
		whole, err := d.client.Flow(ctx, flows[i].ID)
		if err != nil {
			return nil, err
		}
		whole.Source = ""
		flows[i] = whole
	}
	for i := range flows {
		flows[i].Problems = withoutSources(flows[i].Problems)
	}
	return flows, nil
}

// withoutSources leaves out the lines of the files that diagnostics show.
func withoutSources(problems []string) []string {
	out := []string{}
	for _, problem := range problems {
		first, _, _ := strings.Cut(problem, "\n")
		out = append(out, first)
	}
	return out
}

// withoutAgent looks at what is on the disk.
func (d *debugging) withoutAgent() {
	if d.site == nil {
		d.miss("flows.json, log.txt, database.json", errors.New("the site is unknown: name its configuration with -config"))
		return
	}
	d.siteFlows()
	if d.site.Log.File == "" {
		d.miss("log.txt", errors.New("the log is not in a file: add the end of `journalctl -u raddeploy` by hand"))
	} else if text, err := os.ReadFile(d.site.Log.File); err != nil {
		d.miss("log.txt", err)
	} else {
		d.add("log.txt", last(strings.Split(strings.TrimRight(string(text), "\n"), "\n"), d.lines))
	}
	report, err := datafolder.ReportOn(d.ctx, d.site.DataDir)
	if err != nil {
		d.miss("database.json", err)
		return
	}
	d.addJSON("database.json", api.DatabaseOf(report))
}

// disk is the room on the disk of the data folder, and how much the database's files take.
func (d *debugging) disk() {
	if d.site == nil {
		d.miss("disk.json", errors.New("the data folder is unknown: name the site's configuration with -config"))
		return
	}
	free, err := spool.FreeIn(d.site.DataDir)()
	total, err2 := spool.TotalIn(d.site.DataDir)
	if err := errors.Join(err, err2); err != nil {
		d.miss("disk.json", err)
		return
	}
	sizes := map[string]int64{}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(datafolder.DatabaseIn(d.site.DataDir) + suffix); err == nil {
			sizes[info.Name()] = info.Size()
		}
	}
	d.addJSON("disk.json", map[string]any{"free_bytes": free, "total_bytes": total, "reserve_bytes": d.site.Retention.Reserve, "files_bytes": sizes})
}

// last is the end of some lines.
func last(lines []string, most int) string {
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	return strings.Join(lines, "\n") + "\n"
}

const debugReadme = `An archive for a bug report, made by raddeploy operator debug on %s.

Taken out: passwords, tokens and the like, values of environments, patterns on patients'
tags, names and instance UIDs of persons and objects, owners of flows, comments of files.
Hosts and addresses stand as host-1, host-2 and so on, the same one by the same name.
Kept: AE titles, names of flows, models, destinations, images and folders.
No rows of the database, objects, results, or logs of models are in it.

Look through it before you send it: what somebody wrote into a field that is meant for
something else cannot be known.
`

// archive writes the files, with what must not be told taken out.
func (d *debugging) archive(to io.Writer, name string) error {
	readme := fmt.Sprintf(debugReadme, d.now.Format(time.RFC3339))
	for _, line := range d.missing {
		readme += "\nNot in it: " + d.hide.Text(line) + "\n"
	}
	packed := gzip.NewWriter(to)
	archive := tar.NewWriter(packed)
	put := func(file, text string) error {
		header := &tar.Header{Name: name + "/" + file, Mode: 0o600, Size: int64(len(text)), ModTime: d.now}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err := io.WriteString(archive, text)
		return err
	}
	if err := put("README.txt", readme); err != nil {
		return err
	}
	for _, f := range d.files {
		text := d.hide.Text(f.text)
		if f.tree != nil {
			var b bytes.Buffer
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(d.hide.Tree(f.tree)); err != nil {
				return err
			}
			text = b.String()
		}
		if err := put(f.name, text); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), packed.Close())
}
