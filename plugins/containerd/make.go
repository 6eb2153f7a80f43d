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

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/engine"
	"github.com/raddeploy/raddeploy/plugins/internal/dockerpy"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// make fetches the image if it is to be fetched, makes the container and starts
// its process.
func (a *attempt) make(ctx context.Context) (*sdk.Exit, error) {
	prepare, cancel := a.preparation(ctx)
	defer cancel()
	r, found := a.request()
	if found.Failed() {
		err := &sdk.Error{Kind: sdk.InvalidArgument, Message: "containerd cannot run this task: " + found.Err().Error(), Diagnostics: found}
		if !a.Accepted() {
			return nil, err
		}
		exit := a.failed(sdk.StartFailed, err.Message)
		exit.Permanent = true
		return exit, nil
	}
	a.Update(func() { a.image = r.image })
	image, exit, err := a.findImage(ctx, prepare)
	if exit != nil || err != nil {
		return exit, err
	}
	if exit := a.askedToEnd(); exit != nil {
		return exit, nil
	}
	err = a.create(ctx, r, image)
	switch {
	case engine.IsExists(err):
		return nil, sdk.Errorf(sdk.Unavailable, "make the container of attempt %s: %w: %s", a.ID, attempts.ErrMeanwhile, engine.Message(err))
	case engine.IsUnreachable(err) || errors.Is(err, context.Canceled):
		return nil, asError(err, "make the container of attempt "+string(a.ID))
	case err != nil:
		// what is left of it is removed with the attempt
		_ = a.e.engine.RemoveContainer(ctx, containerName(a.ID))
		return a.unstartable("the container cannot be made", engine.Message(err)), nil
	}
	a.Update(func() { a.made, a.plan, a.Away = true, r.plan, nil; a.AcceptLocked() })
	a.AdvanceTo(sdk.Starting)
	return a.start(ctx, engine.Task{})
}

// request turns the attempt's task into containerd's words.
func (a *attempt) request() (*request, sdk.Diagnostics) {
	a.Mu.Lock()
	copies := a.copies
	a.Mu.Unlock()
	if copies {
		return a.e.request(a.task, copied)
	}
	return a.e.request(a.task, a.e.lay.way(a.task.WorkDir))
}

// findImage returns the image, fetched as the task asks for it.
func (a *attempt) findImage(ctx, prepare context.Context) (engine.Image, *sdk.Exit, error) {
	fetched := errNotAsked
	if a.task.Container.Pull == sdk.PullAlways {
		fetched = a.fetch(prepare, false)
	}
	for try := 0; ; try++ {
		if exit := a.askedToEnd(); exit != nil {
			return engine.Image{}, exit, nil
		}
		image, err := a.e.engine.FindImage(ctx, a.image)
		switch {
		case err == nil:
			if fetched != nil && fetched != errNotAsked {
				a.Warn(fmt.Sprintf("the image %s was not fetched, the one that is there is used: %s", a.image, engine.Message(fetched)))
			}
			return image, nil, nil
		case errors.Is(err, engine.ErrNoImage):
			if fetched == errNotAsked || errors.Is(fetched, errNotAgain) {
				if fetched = a.fetch(prepare, true); fetched == nil && try < 3 {
					continue
				}
			}
			if exit := a.askedToEnd(); exit != nil {
				return engine.Image{}, exit, nil
			}
			if engine.IsUnreachable(fetched) && !a.Accepted() {
				return engine.Image{}, nil, asError(fetched, "fetch the image of attempt "+string(a.ID))
			}
			return engine.Image{}, a.noImage(fetched), nil
		case engine.IsUnreachable(err) || errors.Is(err, context.Canceled):
			return engine.Image{}, nil, asError(err, "look for the image of attempt "+string(a.ID))
		}
		return engine.Image{}, a.failed(sdk.StartFailed, "the image "+a.image+" cannot be used: "+engine.Message(err)), nil
	}
}

// preparation bounds what comes before the start: a request to end the attempt
// ends it at once.
func (a *attempt) preparation(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.Mu.Lock()
	defer a.Mu.Unlock()
	a.prepare = cancel
	if a.ending == nil {
		a.ending = noted[attempts.Ending](a.e, a.ID, noteEnding)
	}
	return ctx, cancel
}

// create makes the container. It is not broken off by a request to end the
// attempt, because nobody would know whether it had an effect.
func (a *attempt) create(ctx context.Context, r *request, image engine.Image) error {
	if err := a.furnish(r); err != nil {
		return fmt.Errorf("prepare the attempt's folder: %w", err)
	}
	name := containerName(a.ID)
	held, done, err := a.e.engine.Hold(ctx, name)
	if err != nil {
		return err
	}
	if err := a.e.engine.Prepare(held, name, image); err != nil {
		return err
	}
	spec, err := a.e.spec(held, a.task, r, image)
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
	if err := a.e.engine.CreateContainer(held, engine.Container{Name: name, Labels: r.labels, Plan: r.plan.bytes()}, image, spec); err != nil {
		return err
	}
	return done(ctx)
}

// furnish makes the attempt's folder with the files that the container is
// given, and the folders of mounts.
func (a *attempt) furnish(r *request) error {
	folder := a.e.folder(a.ID)
	if err := attempts.MakeFolder(folder); err != nil {
		return err
	}
	for _, folder := range r.laid.folders {
		if err := mounting.OpenFolder(folder); err != nil {
			return err
		}
	}
	host := containerName(a.ID)
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
