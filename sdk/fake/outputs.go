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
func leave(r record) error {
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
