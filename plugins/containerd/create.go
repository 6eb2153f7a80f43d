package containerd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/plugins/internal/dockerpy"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Create implements [engine.Engine].
func (b *backend) Create(ctx context.Context, asked *engine.Request) (engine.Container, error) {
	r, found := b.request(asked.Task)
	if err := found.Err(); err != nil {
		return engine.Container{}, err
	}
	r.Request = asked
	image, err := b.api.FindImage(ctx, r.image)
	switch {
	case errors.Is(err, api.ErrNoImage):
		return engine.Container{}, engine.ErrNoImage
	case api.IsUnreachable(err) || errors.Is(err, context.Canceled):
		return engine.Container{}, kinds.Of(err)
	case err != nil:
		return engine.Container{}, fmt.Errorf("the image %s cannot be used: %w", r.image, kinds.Said(err))
	}
	err = b.create(ctx, r, image)
	switch {
	case api.IsExists(err):
		return engine.Container{}, fmt.Errorf("%w: %w", engine.ErrExists, kinds.Said(err))
	case err != nil && !api.IsUnreachable(err) && !errors.Is(err, context.Canceled):
		// what is left of it is removed with the attempt
		_ = b.api.RemoveContainer(ctx, r.Name)
	}
	return engine.Container{Name: r.Name, Labels: r.labels(), State: engine.Created, Own: r.plan}, kinds.Of(err)
}

// create makes the container's files, its writable layer and its record.
func (b *backend) create(ctx context.Context, r *request, image api.Image) error {
	if err := b.furnish(r); err != nil {
		return fmt.Errorf("prepare the attempt's folder: %w", err)
	}
	held, done, err := b.api.Hold(ctx, r.Name)
	if err != nil {
		return err
	}
	if err := b.api.Prepare(held, r.Name, image); err != nil {
		return err
	}
	spec, err := b.spec(held, r, image)
	if err != nil {
		return err
	}
	r.plan.Digest = image.Digest.String()
	if r.plan.StopSignal == 0 {
		r.plan.StopSignal, _ = signalNamed(image.Config.StopSignal)
	}
	if r.plan.StopSignal == 0 {
		r.plan.StopSignal = syscall.SIGTERM
	}
	if err := b.api.CreateContainer(held, api.Container{Name: r.Name, Labels: r.labels(), Plan: r.plan.bytes()}, image, spec); err != nil {
		return err
	}
	return done(ctx)
}

// furnish makes the attempt's folder with the files that the container is
// given.
func (b *backend) furnish(r *request) error {
	folder := b.folder(r.Name)
	if err := attempts.MakeFolder(folder); err != nil {
		return err
	}
	// of a container that somebody removed
	if err := b.unwrite(r.Name, noteStarted); err != nil {
		return err
	}
	host := r.Name
	if h := r.changes.options.Hostname; h != "" {
		host = h
	}
	files := map[string]string{
		"stdout": "", "stderr": "", "hostname": host + "\n",
		"hosts": hosts(host, r), "resolv.conf": resolver(r),
	}
	for name, text := range files {
		mode := os.FileMode(0o644)
		if name == "stdout" || name == "stderr" {
			mode = 0o600
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), mode); err != nil {
			return err
		}
	}
	return nil
}

// hosts is the container's /etc/hosts: the host's, if it is in the host's network.
func hosts(name string, r *request) string {
	text := "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t" + name + "\n"
	if r.changes.network == "host" {
		if hosts, err := os.ReadFile("/etc/hosts"); err == nil {
			text = string(hosts)
		}
	}
	pairs, _ := dockerpy.Pairs(r.changes.options.ExtraHosts)
	for _, pair := range pairs {
		name, address, _ := strings.Cut(pair, ":")
		text += address + "\t" + name + "\n"
	}
	return text
}

// resolver is the container's /etc/resolv.conf: the host's, unless there is no
// network or the task has words of its own.
func resolver(r *request) string {
	o := r.changes.options
	var lines []string
	if r.changes.network != "none" {
		text, _ := os.ReadFile("/etc/resolv.conf")
		for line := range strings.Lines(string(text)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			replaced := word == "nameserver" && len(o.DNS) > 0 || word == "search" && len(o.DNSSearch) > 0 || word == "options" && len(o.DNSOpt) > 0
			if !replaced {
				lines = append(lines, strings.TrimRight(line, "\n"))
			}
		}
	}
	for _, server := range o.DNS {
		lines = append(lines, "nameserver "+server)
	}
	for word, values := range map[string][]string{"search": o.DNSSearch, "options": o.DNSOpt} {
		if len(values) > 0 {
			lines = append(lines, word+" "+strings.Join(values, " "))
		}
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	return strings.Join(append(lines, ""), "\n")
}
