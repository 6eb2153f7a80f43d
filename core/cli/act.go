package cli

import (
	"flag"
	"os/user"

	"github.com/raddeploy/raddeploy/core/api"
)

// acting runs a command that has the agent do something to the one thing that
// its argument names; takes says in words what that is. More registers flags of
// the command's own.
func (b *base) acting(name, takes string, help func() string, args []string, more func(*flag.FlagSet), do func(remote, string) int) int {
	var r remote
	set := b.flags(name, help)
	r.register(set)
	if more != nil {
		more(set)
	}
	rest, code, ok := b.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return b.usage("%s takes %s", name, takes)
	}
	return do(r, rest[0])
}

// order says who asks: the user of this command line.
func order() api.Order {
	who, err := user.Current()
	if err != nil { // the agent then has the address alone
		return api.Order{}
	}
	return api.Order{By: who.Username}
}

// actedOn shows what became of a run.
func (b *base) actedOn(r remote, run api.Run, err error) int {
	if err != nil {
		return b.complain(err)
	}
	if r.json {
		return b.printJSON(run)
	}
	b.became("run", string(run.ID), string(run.State), run.Reason)
	return exitOK
}

// became says in what state something is, and why if that is known.
func (b *base) became(thing, id, state, reason string) {
	if reason != "" {
		reason = " (" + reason + ")"
	}
	say(b.out, "%s %s is %s%s\n", thing, short(id), state, reason)
}
