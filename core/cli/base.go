package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/cli"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// base is what every command has.
type base struct {
	ctx  context.Context
	out  io.Writer
	errs io.Writer
}

// flags returns a command's empty set of flags. Its usage is the command's help.
func (b *base) flags(name string, help func() string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() { fmt.Fprintln(b.out, help()) }
	return set
}

// parse parses flags, which may stand before and after the other arguments, and
// returns those. If ok is false, the command ends with code.
func (b *base) parse(set *flag.FlagSet, args []string) (rest []string, code int, ok bool) {
	for {
		switch err := set.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			return nil, exitOK, false
		case err != nil:
			return nil, b.usage("%v: %s", err, meantFlag(set, err)), false
		}
		args = set.Args()
		if len(args) == 0 {
			return rest, exitOK, true
		}
		if args[0] == "" {
			return nil, b.usage("one of the arguments is empty: see `raddeploy %s -h`", set.Name()), false
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// meantFlag says which flag somebody meant who wrote one that there is not, or where to
// read.
func meantFlag(set *flag.FlagSet, err error) string {
	advice := fmt.Sprintf("see `raddeploy %s -h`", set.Name())
	wrong, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return advice
	}
	var known []string
	set.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
	meant := suggest.Nearest(strings.TrimPrefix(wrong, "-"), known)
	if meant != "" {
		meant = "-" + meant
	}
	return suggest.DidYouMean(meant, advice)
}

// usage complains about how a command was called.
func (b *base) usage(format string, args ...any) int {
	say(b.errs, "raddeploy: "+format+"\n", args...)
	return exitUsage
}

// complain shows an error and returns the exit code that it stands for.
func (b *base) complain(err error) int {
	say(b.errs, "raddeploy: %v\n", err)
	switch {
	case errors.Is(err, api.ErrUnreachable):
		return exitUnreachable
	case errors.Is(err, api.ErrNotFound):
		return exitNotFound
	}
	return exitNegative
}

// printJSON writes a value for programs.
func (b *base) printJSON(value any) int {
	encoder := json.NewEncoder(b.out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return b.complain(err)
	}
	return exitOK
}

// remote are the flags of the commands that ask an agent.
type remote struct {
	address string
	json    bool
}

const addressHelp = `
  -address URL   the agent (default RADDEPLOY_ADDR, else unix://` + api.SystemSocket + `
                 or this folder's data/agent.sock where an agent answers there, else
                 ` + api.LoopbackAddress + `)`

const remoteHelp = addressHelp + `
  -json          print JSON`

func (r *remote) register(set *flag.FlagSet) {
	address := os.Getenv("RADDEPLOY_ADDR")
	if address == "" {
		address = api.DefaultAddress()
	}
	set.StringVar(&r.address, "address", address, "")
	set.BoolVar(&r.json, "json", false, "")
}

// client asks the agent at the address, which may be a URL or HOST:PORT.
func (r *remote) client() *api.Client {
	address := r.address
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	return &api.Client{Address: address, Token: tokenToSend}
}

// asking runs a command that asks the agent and takes some arguments, least to
// most of them, which takes says in words.
func (b *base) asking(name string, help func() string, args []string, least, most int, takes string, do func(remote, []string) int) int {
	var r remote
	set := b.flags(name, help)
	r.register(set)
	rest, code, ok := b.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) < least || len(rest) > most:
		return b.usage("%s takes %s", name, takes)
	}
	return do(r, rest)
}

// groupCommand is a word that only others follow.
type groupCommand struct{ synopsis string }

func (c *groupCommand) Synopsis() string { return c.synopsis }
func (c *groupCommand) Help() string     { return c.synopsis + "." }
func (c *groupCommand) Run([]string) int { return cli.RunResultHelp }
