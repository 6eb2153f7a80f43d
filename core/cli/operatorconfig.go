package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/lang"
)

// configuration adds what the site's files say. Comments are left out: they may say
// anything.
func (d *debugging) configuration() {
	if len(d.config) == 0 {
		d.miss("site.json", errors.New("there is no "+usualSite+": name the site's configuration with -config"))
		return
	}
	files := map[string]any{}
	for _, path := range d.config {
		for _, file := range siteFiles(path) {
			text, err := lang.ReadFile(file)
			if err != nil {
				d.miss("site.json", err)
				continue
			}
			root, found := lang.HCL{}.Parse(lang.NewSource(file, text))
			if found.HasErrors() {
				d.miss("parts of site.json", errors.New(withoutSources([]string{found.Err().Error()})[0]))
			}
			files[file] = treeOf(root)
		}
	}
	site, found := config.Load(d.config, os.LookupEnv)
	problems := []string{}
	for _, one := range found {
		problems = append(problems, withoutSources([]string{one.String()})...)
	}
	d.site = site
	d.addJSON("site.json", map[string]any{"files": files, "problems": problems})
}

func siteFiles(path string) []string {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}
	}
	entries, _ := os.ReadDir(path)
	var files []string
	for _, entry := range entries {
		if flowfile.IsHCL(entry.Name()) {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	return files
}

// siteFlows adds the flows that the site's files hold, as they are decoded.
func (d *debugging) siteFlows() {
	loaded, found := flowfile.Load(d.site.FlowDirs, flowset.Options(d.site))
	flows, problems := []any{}, []string{}
	for _, l := range loaded {
		flows = append(flows, map[string]any{"id": l.Flow.ID().String(), "file": l.Path, "digest": l.Digest, "definition": json.RawMessage(flowfile.WriteJSON(l.Flow))})
	}
	for _, one := range found {
		problems = append(problems, withoutSources([]string{one.String()})...)
	}
	d.addJSON("flows.json", map[string]any{"flows": flows, "problems": problems})
}

// treeOf is a file's value as JSON has it. A block stands in a list under its name, with
// its labels.
func treeOf(n *lang.Node) any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case lang.List:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, treeOf(item))
		}
		return list
	case lang.Map:
		all := map[string]any{}
		for _, p := range n.Pairs {
			if !p.Block {
				all[p.Key] = treeOf(p.Value)
				continue
			}
			block, _ := treeOf(p.Value).(map[string]any)
			if len(p.Labels) > 0 {
				labels := []any{}
				for _, label := range p.Labels {
					labels = append(labels, label.Text)
				}
				block["labels"] = labels
			}
			blocks, _ := all[p.Key].([]any)
			all[p.Key] = append(blocks, block)
		}
		return all
	case lang.Scalar:
		return n.Text
	}
	return nil
}
