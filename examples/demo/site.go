package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

const (
	flowSource = "examples/threshold/flow.yaml"
	image      = "raddeploy/threshold:demo" // its own tag: it is removed at the end
)

// site is the name of the demo's site. The containers of its agent bear it.
func (d *demo) site() string { return fmt.Sprintf("demo-%d", os.Getpid()) }

// chooseExecutor takes docker where an engine answers, and makes the model's
// image there; else the process executor.
func (d *demo) chooseExecutor(ctx context.Context) error {
	if d.executor == "process" {
		d.step("executor", "process: the model runs as a process of this machine")
		return nil
	}
	found, version, err := findEngine(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && d.executor == "docker":
		return fmt.Errorf("docker: %w: start it, or use -executor process", err)
	case err != nil:
		d.executor = "process"
		d.step("executor", "process: the model runs as a process of this machine")
		d.more("docker: %v", err)
		return nil
	}
	d.executor, d.engine = "docker", found
	d.step("executor", "docker %s at %s", version, found.endpoint)
	if err := d.engine.importProgram(ctx, image, d.model()); err != nil {
		return fmt.Errorf("pack the model as an image: %w", err)
	}
	d.step("packed", "the model as image %s", image)
	return nil
}

var listening = regexp.MustCompile(`(?m)^listening on \S+:(\d+),`)

// startArchive starts the destination of the flow, and returns its port.
func (d *demo) startArchive(ctx context.Context) (port string, err error) {
	received := filepath.Join(d.dir, "segmentation")
	d.archive, err = start("the archive", filepath.Join(d.temp, "archive.log"), nil, d.program(), "dicom", "receive", "-listen", "127.0.0.1:0", "-out", received)
	if err != nil {
		return "", err
	}
	found, err := d.archive.says(ctx, listening)
	if err != nil {
		return "", err
	}
	d.step("archive", "ARCHIVE at 127.0.0.1:%s, a DICOM receiver that writes files", found[0])
	return found[0], nil
}

var ready = regexp.MustCompile(`agent is ready: .*\bdicom=(\S+) http=(\S+)`)

// startAgent writes a site whose results go to the archive, starts its agent,
// and returns where it receives.
func (d *demo) startAgent(ctx context.Context, archivePort string) (dicom string, err error) {
	site := filepath.Join(d.dir, "site.hcl")
	if err := os.WriteFile(site, []byte(d.siteFile()), 0o644); err != nil {
		return "", err
	}
	if err := d.writeFlow(archivePort); err != nil {
		return "", err
	}
	log := filepath.Join(d.dir, "agent.log")
	if d.agent, err = start("the agent", log, []string{"TMPDIR=" + d.temp}, d.program(), "agent", "-dev", "-config", site); err != nil {
		return "", err
	}
	found, err := d.agent.says(ctx, ready)
	if err != nil {
		return "", err
	}
	d.client = &api.Client{Address: "http://" + found[1]}
	if err := d.healthy(ctx); err != nil {
		return "", err
	}
	d.step("agent", "RADDEPLOY at %s, its API at %s", found[0], d.client.Address)
	return found[0], nil
}

// healthy waits until the executor can take tasks.
func (d *demo) healthy(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		status, err := d.client.Status(ctx)
		if err != nil {
			return err
		}
		executor := status.Executors[0]
		switch executor.State {
		case "healthy":
			return nil
		case "undetected":
			return fmt.Errorf("executor %s cannot work here: %s", executor.ID, executor.Message)
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("executor %s is not ready after %s: %s", executor.ID, patience, executor.Message)
		}
	}
}

// siteFile is the configuration of a site with one executor on free ports.
func (d *demo) siteFile() string {
	config := fmt.Sprintf(`    images = { %q = %s } # what stands for the model's image`, image, quoted(d.model()))
	if d.executor == "docker" {
		config = `    endpoint = ` + quoted(d.engine.endpoint)
	}
	return fmt.Sprintf(`# The site of the demo of %s. Port 0 is any that is free; flows are in the folder beside this file.
name = %q

dicom {
  ae_title = "RADDEPLOY"
  listen   = "127.0.0.1:0"
}

http {
  listen        = "127.0.0.1:0"
  require_token = false # the demo asks over loopback; a site lets its default be
}

executor %q {
  config {
%s
  }
}
`, time.Now().Format(time.DateTime), d.site(), d.executor, config)
}

// quoted writes a text as HCL does.
func quoted(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(fmt.Sprintf("%q", text))
}

// writeFlow copies the flow of the example, with the demo's image and archive
// in it.
func (d *demo) writeFlow(archivePort string) error {
	text, err := os.ReadFile(flowSource)
	if err != nil {
		return err
	}
	flow := string(text)
	for _, change := range [][2]string{{"raddeploy/threshold:latest", image}, {"port: 11112", "port: " + archivePort}} {
		if strings.Count(flow, change[0]) != 1 {
			return fmt.Errorf("%s: %q is not in it once, so the demo cannot set it", flowSource, change[0])
		}
		flow = strings.Replace(flow, change[0], change[1], 1)
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "flows"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, "flows", "threshold.yaml"), []byte(flow), 0o644)
}
