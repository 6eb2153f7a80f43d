package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/examples/threshold/overlay"
)

// demo is one go at it. Its steps are in run, in order; what they leave for the
// end stands in its fields.
type demo struct {
	*screen
	executor string // auto, docker or process
	slices   int
	dir      string // for what is kept

	bin     string // the folder with raddeploy
	temp    string // for what is not kept: all of the agent's and its tasks' data
	engine  *engine
	archive *child
	agent   *child
	client  *api.Client
}

func (d *demo) run(ctx context.Context) error {
	if err := d.prepare(); err != nil {
		return err
	}
	if err := d.chooseExecutor(ctx); err != nil {
		return err
	}
	slices, err := phantom.Write(filepath.Join(d.dir, "ct"), phantom.Options{Slices: d.slices})
	if err != nil {
		return err
	}
	d.step("phantom", "%d slices of a head that nobody has, %s", len(slices), megabytes(slices))
	archive, err := d.startArchive(ctx)
	if err != nil {
		return err
	}
	dicom, err := d.startAgent(ctx, archive)
	if err != nil {
		return err
	}
	sent, err := d.raddeploy(ctx, "dicom", "send", "-aet", "SCANNER", "-aec", "RADDEPLOY", dicom, filepath.Join(d.dir, "ct"))
	if err != nil {
		return err
	}
	if err := d.follow(ctx, sent); err != nil {
		return err
	}
	return d.picture(slices)
}

// prepare finds the programs, and empties the folder of an earlier demo of what
// demos write.
func (d *demo) prepare() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the programs: %w", err)
	}
	d.bin = filepath.Dir(filepath.Dir(self))
	for _, path := range []string{d.program(), d.model(), flowSource} {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("%w: run `make demo` in the root of the repository", err)
		}
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return fmt.Errorf("folder for the results: %w", err)
	}
	for _, name := range []string{"ct", "segmentation", "flows", "site.hcl", "agent.log", "overlay.png"} {
		if err := os.RemoveAll(filepath.Join(d.dir, name)); err != nil {
			return fmt.Errorf("results of an earlier demo: %w", err)
		}
	}
	d.temp, err = os.MkdirTemp("", "raddeploy-demo-")
	return err
}

func (d *demo) program() string { return filepath.Join(d.bin, "raddeploy") }
func (d *demo) model() string   { return filepath.Join(d.bin, "demo", "threshold") }

// picture draws the middle slice with what the model found, as the archive
// received it.
func (d *demo) picture(slices []string) error {
	received, err := filepath.Glob(filepath.Join(d.dir, "segmentation", "*.dcm"))
	if err != nil {
		return err
	}
	if err := overlay.WritePNG(filepath.Join(d.dir, "overlay.png"), slices[len(slices)/2], received); err != nil {
		return err
	}
	d.step("picture", "slice %d with the segmentation over it", len(slices)/2+1)
	return nil
}

// end ends what the demo started, and removes what it does not leave, whatever
// has happened before.
func (d *demo) end() error {
	var errs []error
	if d.agent != nil {
		d.quiet()
		errs = append(errs, d.agent.stop())
	}
	if d.archive != nil {
		errs = append(errs, d.archive.stop())
	}
	if d.temp != "" {
		killBelow(d.temp)
	}
	if d.engine != nil {
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		errs = append(errs, d.engine.sweep(ctx, d.site()), d.engine.removeImage(ctx, image))
	}
	if d.temp != "" {
		errs = append(errs, os.RemoveAll(d.temp))
	}
	return errors.Join(errs...)
}

func (d *demo) conclude() {
	d.step("ended", "nothing runs any more")
	shown := d.dir
	if here, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(here, d.dir); err == nil && filepath.IsLocal(relative) {
			shown = relative
		}
	}
	d.entries("Look at", [][2]string{
		{filepath.Join(shown, "overlay.png"), "the middle slice, what the model found in orange"},
		{filepath.Join(shown, "ct"), "what was sent"},
		{filepath.Join(shown, "segmentation"), "what came back, as the archive received it"},
		{filepath.Join(shown, "site.hcl"), "how the agent was configured"},
		{filepath.Join(shown, "flows", "threshold.yaml"), "the flow: what triggers it, what it runs, where results go"},
		{filepath.Join(shown, "agent.log"), "what the agent said meanwhile"},
	})
	fmt.Fprintln(d.out)
}

func megabytes(files []string) string {
	var sum int64
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			sum += info.Size()
		}
	}
	return fmt.Sprintf("%.1f MB", float64(sum)/1e6)
}
