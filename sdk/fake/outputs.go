package fake

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// leave writes into the outputs what the plan says. Doing it twice leaves the same.
func (b Backend) leave(s situation) error {
	r := s.record
	if len(r.Plan.Steps) > 0 {
		return b.collect(s)
	}
	outputs := map[string]string{}
	for _, mount := range r.Task.Mounts {
		if mount.Role == sdk.Output {
			outputs[mount.Name] = mount.Source
		}
	}
	if r.Plan.Copy {
		for _, mount := range r.Task.Mounts {
			if mount.Role != sdk.Input {
				continue
			}
			for _, output := range outputs {
				if err := copyFiles(output, mount.Source); err != nil {
					return err
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Plan.Files)) {
		output, file, _ := strings.Cut(name, "/")
		folder, ok := outputs[output]
		if !ok || !filepath.IsLocal(file) {
			return fmt.Errorf("the plan of attempt %s names %q, which is in no output", r.Task.Attempt, name)
		}
		target := filepath.Join(folder, file)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, []byte(r.Plan.Files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func copyFiles(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}

// collect does the steps up to the attempt's end, and takes over what is then
// in the outputs.
func (b Backend) collect(s situation) error {
	stage, err := b.stage(s.record)
	if err != nil {
		return err
	}
	if _, err := stage.play(s.record.Plan.Steps, s.exit.Finished.Sub(s.started)); err != nil {
		return err
	}
	if last, ok := s.lastWords(); ok && last.Path != "" {
		path, _ := stage.resolve(last.Path)
		if err := appendTo(path, last.Data); err != nil {
			return err
		}
	}
	for i, mount := range s.record.Task.Mounts {
		if mount.Role != sdk.Output || b.breaks("failures leave no outputs") && !s.exit.Succeeded() {
			continue
		}
		if err := b.copyTree(mount.Source, stage.mount(i)); err != nil {
			return err
		}
	}
	return stage.close()
}
