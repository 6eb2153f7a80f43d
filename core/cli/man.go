package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/cli"
)

// manCommand writes man pages from the help of all commands.
type manCommand struct {
	base
	commands map[string]cli.CommandFactory
}

func (c *manCommand) Synopsis() string { return "Write the man pages" }

func (c *manCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy man DIR

  Writes a man page for the program and one for each of its commands into a folder:
  raddeploy.1, raddeploy-runs.1 and so on. They say what -h says.
` + exitCodes)
}

func (c *manCommand) Run(args []string) int {
	rest, code, ok := c.parse(c.flags("man", c.Help), args)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return c.usage("man takes the folder for the pages")
	}
	if err := c.write(rest[0]); err != nil {
		return c.complain(err)
	}
	return exitOK
}

func (c *manCommand) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.commands)) {
		command, err := c.commands[name]()
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, ".TP\n.B %s\n%s.\n", roff(name), roff(command.Synopsis()))
		page := "raddeploy-" + strings.ReplaceAll(name, " ", "-")
		if err := os.WriteFile(filepath.Join(dir, page+".1"), []byte(manPage(page, command.Synopsis(), helpSections(command.Help()))), 0o644); err != nil {
			return err
		}
	}
	text := manPage("raddeploy", "run AI models on DICOM objects as they arrive",
		".SH SYNOPSIS\n.B raddeploy\n.I COMMAND\n[options] [arguments]\n.SH COMMANDS\nEach has a page of its own, such as\n.BR raddeploy\\-runs (1).\n"+list.String()+
			".SH FILES\n.I /etc/raddeploy\nthe site's configuration, of the service\n.br\n.I /var/lib/raddeploy\nits data folder\n")
	return os.WriteFile(filepath.Join(dir, "raddeploy.1"), []byte(text), 0o644)
}

func manPage(name, synopsis, rest string) string {
	return fmt.Sprintf(".TH %s 1 \"\" \"RadDeploy %s\" \"RadDeploy\"\n.SH NAME\n%s \\- %s\n%s", strings.ToUpper(roff(name)), roff(Version), roff(name), roff(lowered(synopsis)), rest)
}

// lowered begins a text with a small letter, as a page's name line does.
func lowered(text string) string {
	if second := text[1:2]; second == strings.ToUpper(second) { // an abbreviation
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

// helpSections are the sections of a page, from a command's help.
func helpSections(help string) string {
	var b strings.Builder
	usage, rest, _ := strings.Cut(help, "\n")
	if call, found := strings.CutPrefix(usage, "Usage: "); found {
		fmt.Fprintf(&b, ".SH SYNOPSIS\n.nf\n%s\n.fi\n", roff(call))
	} else {
		rest = help
	}
	section := "DESCRIPTION"
	var lines []string
	flush := func() {
		if text := strings.Trim(strings.Join(lines, "\n"), "\n"); text != "" {
			fmt.Fprintf(&b, ".SH %s\n.nf\n%s\n.fi\n", section, roff(text))
		}
		lines = nil
	}
	for line := range strings.SplitSeq(rest, "\n") {
		if title, found := strings.CutSuffix(line, ":"); found && !strings.HasPrefix(line, " ") && title != "" {
			flush()
			section = strings.ToUpper(title)
			continue
		}
		lines = append(lines, strings.TrimPrefix(line, "  "))
	}
	flush()
	return b.String()
}

// roff is a text as roff shows it unchanged.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", `\[u2026]`, "’", `\[cq]`, "`", "\\(ga", "'", `\(aq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
