// Package command is for engines that are asked by a command line, as podman,
// nerdctl and docker are: it runs their program, says a task in the flags that
// they share, and reads the files that they write output to.
//
// In come an engine's program and what package engine asks of an engine; out
// come what the program printed, and errors of the kinds that package engine
// tells apart. What only one program says is for its own plugin to read.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// Program is an engine's program.
type Program struct {
	Path string   // absolute, or a name that is looked for where the system has its programs
	Args []string // before those of each command
	Dir  string   // where commands are run; "": where the plugin is
	// Network is that of containers whose task does not go without one.
	Network string
	// Env writes the value of a variable as the program reads it in a flag. Nil:
	// as it is.
	Env func(string) string
	// Says is what the program says, in lower case, when a command fails for a
	// reason that package engine wants to know, and the reason: [ErrNoContainer],
	// [engine.ErrNoImage] or [engine.ErrExists].
	Says map[string]error
}

// ErrNoContainer says that there is no such container.
var ErrNoContainer = &sdk.Error{Kind: sdk.NotFound, Message: "there is no such container"}

// path is where programs are looked for: the agent launches plugins in an empty
// environment.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Environment is what the plugin's process has, with PATH and HOME, which
// programs need to find others and their user's settings.
func Environment() []string {
	environment := os.Environ()
	set := func(name, value string) {
		if _, there := os.LookupEnv(name); !there {
			environment = append(environment, name+"="+value)
		}
	}
	set("PATH", path)
	if me, err := user.Current(); err == nil {
		set("HOME", me.HomeDir)
	}
	return environment
}

// Run runs a command to its end and returns what it printed to its standard
// output. What it says on its standard error goes to said too, as it comes, if
// that is not nil.
//
// A command that ends with another code than 0 is an error of what the program
// said, and of the reason that Says has for it. One that could not be run, or
// was given up because the context ended, is an error of kind [sdk.Unavailable]:
// it is unknown what became of it. It is then asked to end, by SIGTERM, and
// killed if it does not.
func (p Program) Run(ctx context.Context, said io.Writer, args ...string) (string, error) {
	program, err := p.find()
	if err != nil {
		return "", sdk.Errorf(sdk.Unavailable, "%w", err)
	}
	command := exec.CommandContext(ctx, program, slices.Concat(p.Args, args)...)
	command.Env, command.Dir = Environment(), p.Dir
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	// What it has started may keep its output open.
	command.WaitDelay = 5 * time.Second
	var out, problem strings.Builder
	command.Stdout, command.Stderr = &out, &problem
	if said != nil {
		command.Stderr = io.MultiWriter(&problem, said)
	}
	err = command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.String(), nil
	case ctx.Err() != nil:
		return "", sdk.Errorf(sdk.Unavailable, "%s did not answer: %w", p.Path, ctx.Err())
	case errors.As(err, &exit) && exit.Exited():
		return "", p.reason(strings.TrimSpace(problem.String()))
	}
	return "", sdk.Errorf(sdk.Unavailable, "%s was ended: %w", p.Path, err)
}

// reason is why a command failed, by what the program said.
func (p Program) reason(said string) error {
	said = strings.TrimPrefix(said, "Error: ")
	for words, reason := range p.Says {
		if strings.Contains(strings.ToLower(said), words) {
			return fmt.Errorf("%w: %s", reason, said)
		}
	}
	return errors.New(said)
}

// find returns the path of the program.
func (p Program) find() (string, error) {
	if strings.Contains(p.Path, "/") {
		return p.Path, nil
	}
	places := os.Getenv("PATH")
	if places == "" {
		places = path
	}
	for _, folder := range strings.Split(places, ":") {
		if found, err := exec.LookPath(folder + "/" + p.Path); err == nil {
			return found, nil
		}
	}
	return "", &exec.Error{Name: p.Path, Err: exec.ErrNotFound}
}

// Do is Run of a command that prints nothing of interest.
func (p Program) Do(ctx context.Context, args ...string) error {
	_, err := p.Run(ctx, nil, args...)
	return err
}

// HasImage tells whether an image is there, by `image inspect`.
func (p Program) HasImage(ctx context.Context, image string) (bool, error) {
	err := p.Do(ctx, "image", "inspect", "--", image)
	if errors.Is(err, engine.ErrNoImage) {
		return false, nil
	}
	return err == nil, err
}

// ImageUser implements [engine.ImageUser], by `image inspect`.
func (p Program) ImageUser(ctx context.Context, image string) (string, error) {
	user, err := p.Run(ctx, nil, "image", "inspect", "--format={{.Config.User}}", "--", image)
	if errors.Is(err, engine.ErrNoImage) {
		return "", nil // as Create says
	}
	return strings.TrimSpace(user), err
}

// Inspect returns what `container inspect` says of a container, in JSON.
func Inspect[T any](ctx context.Context, p Program, name string) (found T, err error) {
	all, err := inspect[T](ctx, p, name)
	if len(all) > 0 {
		found = all[0]
	}
	return found, err
}

// inspect returns what it says of several.
func inspect[T any](ctx context.Context, p Program, names ...string) (all []T, err error) {
	out, err := p.Run(ctx, nil, append([]string{"container", "inspect", "--"}, names...)...)
	if err == nil {
		err = json.Unmarshal([]byte(out), &all)
	}
	return all, err
}

// Labelled inspects the containers that bear all the labels, by `ps`.
func Labelled[T any](ctx context.Context, p Program, labels map[string]string) ([]T, error) {
	args := []string{"ps", "--all", "--quiet", "--no-trunc"}
	for name, value := range labels {
		args = append(args, "--filter=label="+name+"="+value)
	}
	for {
		ids, err := p.Run(ctx, nil, args...)
		if err != nil || strings.TrimSpace(ids) == "" {
			return nil, err
		}
		found, err := inspect[T](ctx, p, strings.Fields(ids)...)
		if errors.Is(err, ErrNoContainer) { // one was removed meanwhile
			continue
		}
		return found, err
	}
}

// Create makes a container, by `create`. What is made of the request is in
// [Program.Flags] and [Words]; own are further flags.
func (p Program) Create(ctx context.Context, r *engine.Request, own ...string) (engine.Container, error) {
	var warnings strings.Builder
	id, err := p.Run(ctx, &warnings, slices.Concat([]string{"create"}, p.Flags(r), own, Words(r.Task))...)
	if err == nil && warnings.Len() > 0 {
		r.Warn(strings.TrimSpace(warnings.String()))
	}
	return engine.Container{Name: r.Name, ID: strings.TrimSpace(id), Labels: r.Labels, State: engine.Created}, err
}

// Pull fetches an image, by `pull`. All that the program says is a sign of life
// of the registry, but for what begins with the words that it says before it
// has asked.
func (p Program) Pull(ctx context.Context, image string, sign func(*sdk.Progress), before string) error {
	_, err := p.Run(ctx, signs{sign, before}, "pull", "--", image)
	return err
}

type signs struct {
	sign   func(*sdk.Progress)
	before string
}

func (s signs) Write(said []byte) (int, error) {
	if !strings.HasPrefix(string(said), s.before) {
		s.sign(nil)
	}
	return len(said), nil
}
