package cli

import (
	"context"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/hashicorp/cli"

	"github.com/raddeploy/raddeploy/core/picture"
)

// Version is the program's version; the Makefile sets it.
var Version = "dev"

// Exit codes.
const (
	exitOK          = 0
	exitNegative    = 1 // a negative answer: invalid, no match, run failed
	exitUsage       = 2 // usage or bad configuration
	exitUnreachable = 3 // no agent answers
	exitNotFound    = 4
)

// exitCodes ends the help of every command.
const exitCodes = `
Exit status:
  0  fine
  1  a negative answer: invalid, no match, failed
  2  usage or bad configuration
  3  no agent answers
  4  not found
`

// Main runs the command that the arguments name and returns the exit code. The
// first argument is the program's name.
func Main(args []string) int {
	if len(args) > 1 && args[1] == picture.ChildCommand { // before anything that a process needs not that draws a picture
		return picture.Child(args[2:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return run(ctx, args, os.Stdout, os.Stderr)
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	b := base{ctx: ctx, out: out, errs: errs}
	program := &cli.CLI{
		Name:                       filepath.Base(args[0]),
		Args:                       oneDash(args[1:]),
		Version:                    Version,
		HelpFunc:                   cli.BasicHelpFunc("raddeploy"),
		HelpWriter:                 out,
		ErrorWriter:                errs,
		Autocomplete:               true,
		AutocompleteNoDefaultFlags: true,
		HiddenCommands:             []string{"man"},
		Commands: map[string]cli.CommandFactory{
			"agent":             factory(&agentCommand{base: b}),
			"arrivals":          factory(&arrivalsCommand{base: b}),
			"audit":             factory(&auditCommand{base: b}),
			"backup":            factory(&backupCommand{base: b}),
			"cancel":            factory(&cancelCommand{base: b}),
			"discard":           factory(&heldCommand{base: b}),
			"destination check": factory(&destinationCheckCommand{base: b}),
			"dicom echo":        factory(&echoCommand{base: b}),
			"dicom receive":     factory(&receiveCommand{base: b}),
			"dicom send":        factory(&sendCommand{base: b}),
			"explain":           factory(&explainCommand{base: b}),
			"flow run":          factory(&flowRunCommand{base: b}),
			"flow test":         factory(&flowTestCommand{base: b}),
			"drain":             factory(&drainCommand{base: b, on: true}),
			"flow convert":      factory(&flowConvertCommand{base: b}),
			"flow disable":      factory(&flowSwitchCommand{base: b}),
			"flow enable":       factory(&flowSwitchCommand{base: b, on: true}),
			"flow fmt":          factory(&flowFmtCommand{base: b}),
			"flow list":         factory(&flowListCommand{base: b}),
			"flow schema":       factory(&flowSchemaCommand{base: b}),
			"flow show":         factory(&flowShowCommand{base: b}),
			"import":            factory(&importCommand{base: b}),
			"journal":           factory(&journalCommand{base: b}),
			"logs":              factory(&logsCommand{base: b}),
			"notify list":       factory(&notifyListCommand{base: b}),
			"notify test":       factory(&notifyTestCommand{base: b}),
			"monitor":           factory(&monitorCommand{base: b}),
			"operator debug":    factory(&operatorDebugCommand{base: b}),
			"peers":             factory(&peersCommand{base: b}),
			"plugin check":      factory(&pluginCheckCommand{base: b}),
			"plugin init":       factory(&pluginInitCommand{base: b}),
			"plugin inspect":    factory(&pluginInspectCommand{base: b}),
			"plugin list":       factory(&pluginListCommand{base: b}),
			"release":           factory(&heldCommand{base: b, release: true}),
			"reload":            factory(&reloadCommand{base: b}),
			"rerun":             factory(&rerunCommand{base: b}),
			"resend":            factory(&resendCommand{base: b}),
			"retry":             factory(&retryCommand{base: b}),
			"retention":         factory(&retentionCommand{base: b}),
			"runs":              factory(&runsCommand{base: b}),
			"selftest":          factory(&selftestCommand{base: b}),
			"session end":       factory(&sessionEndCommand{base: b}),
			"session list":      factory(&sessionListCommand{base: b}),
			"status":            factory(&statusCommand{base: b}),
			"token create":      factory(&tokenCreateCommand{base: b}),
			"token list":        factory(&tokenListCommand{base: b}),
			"token revoke":      factory(&tokenRevokeCommand{base: b}),
			"undrain":           factory(&drainCommand{base: b}),
			"validate":          factory(&validateCommand{base: b}),
			"version":           factory(&versionCommand{base: b}),
		},
	}
	for word, synopsis := range groups {
		program.Commands[word] = factory(&groupCommand{synopsis})
	}
	program.Commands["man"] = factory(&manCommand{b, maps.Clone(program.Commands)})
	if install, asked := completionAsked(args[1:]); asked {
		if len(args) > 2 {
			return b.usage("-%s and -%s stand alone", installFlag, uninstallFlag)
		}
		return b.teachShells(install)
	}
	if name, hint := unknown(args[1:], program.Commands); name != "" {
		return b.usage("unknown command %q: %s", name, hint)
	}
	code, err := program.Run()
	if err != nil {
		b.complain(err)
		return exitUsage
	}
	// The library's code for a word that names no command is 127, and after a
	// word that only others follow it is 1.
	if _, alone := groups[program.Subcommand()]; code == 127 || alone && code != exitOK {
		return exitUsage
	}
	return code
}

// groups are the words that only others follow, with what those are about.
var groups = map[string]string{
	"destination": "Work on the site's destinations: check",
	"dicom":       "A DICOM toolbox: echo, send, receive",
	"flow":        "Work on flow files, and on the agent's flows",
	"session":     "Who is logged in: list, end",
	"operator":    "Help for whoever runs an agent: debug",
	"token":       "Who may ask the agent: create, list, revoke",
	"notify":      "Whom the agent tells what: list, test",
	"plugin":      "Work on executor plugins: list, inspect, check, init",
}

func factory(c cli.Command) cli.CommandFactory {
	return func() (cli.Command, error) { return completing{c}, nil }
}

// oneDash makes --version and --help what -version and -help are to the library.
func oneDash(args []string) []string {
	if len(args) == 1 && strings.HasPrefix(args[0], "-") && !strings.HasPrefix(args[0], "--") && len(args[0]) > 2 {
		return []string{"-" + args[0]}
	}
	return args
}
