package slurm

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
)

// What jobs that have not ended name in their scripts stays in the cache, and is
// marked for other agents. If that is unknown, all stays.
func TestTheCacheKeepsWhatJobsUse(t *testing.T) {
	root := t.TempDir()
	work, err := openWorkDir(filepath.Join(root, "work"), filepath.Join(root, "own"))
	if err != nil {
		t.Fatal(err)
	}
	e := &Executor{config: &Config{Age: 30 * 24 * time.Hour}, work: work}
	cache := filepath.Join(root, "cache")
	name := func(digit string) string { return "sha256-" + strings.Repeat(digit, 64) }
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for attempt, digit := range map[string]string{"runs-0-1": "1", "ended-0-1": "2"} {
		write(filepath.Join(work.path, attempt, job.ScriptFile), "image="+cache+"/"+name(digit)+".sif\n")
	}
	write(filepath.Join(work.path, "ended-0-1", job.ExitFile), "")
	write(filepath.Join(work.path, "fetches-0-1", job.PlanFile), "{}")
	old := time.Now().Add(-90 * 24 * time.Hour)
	for _, digit := range []string{"1", "2", "3"} {
		write(filepath.Join(cache, name(digit)+".sif"), "")
		if err := os.Chtimes(filepath.Join(cache, name(digit)+".sif"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	mark := filepath.Join(work.path, ".used")
	if err := os.Rename(mark, mark+".away"); err != nil {
		t.Fatal(err)
	}
	if removed, err := e.pruneOnce(cache, time.Now()); err == nil || len(removed) > 0 {
		t.Errorf("without work_dir: removed %v, %v", removed, err)
	}
	if err := os.Rename(mark+".away", mark); err != nil {
		t.Fatal(err)
	}
	removed, err := e.pruneOnce(cache, time.Now())
	if want := []string{name("2") + ".sif", name("3") + ".sif"}; err != nil || !slices.Equal(removed, want) {
		t.Errorf("removed %v, %v; want %v", removed, err, want)
	}
	if _, err := os.Stat(filepath.Join(cache, "used", name("1"))); err != nil {
		t.Errorf("what is in use is not marked: %v", err)
	}
}
