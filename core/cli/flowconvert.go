package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/problem"
)

// flowConvertCommand writes a flow in the other language.
type flowConvertCommand struct{ base }

func (c *flowConvertCommand) Synopsis() string { return "Turn a flow file from YAML into HCL, or back" }

func (c *flowConvertCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow convert -to hcl|yaml [options] FILE

  Writes the flow of a file in the other language. It is exactly the same flow, in either
  direction; comments are not carried over, and what variables, functions and dynamic blocks
  compute is written as it is now. FILE - is standard input.

Options:

  -to LANGUAGE       hcl or yaml (default: the one that FILE is not)
  -o PATH            the file to write (default: standard output). A folder gets a file
                     NAME.yaml for each flow of a file in HCL that holds several
  -var NAME=VALUE    a value for a variable of a file in HCL; may repeat
` + exitCodes)
}

func (c *flowConvertCommand) Run(args []string) int {
	set := c.flags("flow convert", c.Help)
	to := set.String("to", "", "")
	out := set.String("o", "", "")
	variables := variableFlag(set)
	paths, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(paths) != 1:
		return c.usage("flow convert takes one file, or - for standard input")
	case *to != "" && *to != "hcl" && *to != "yaml":
		return c.usage("flow convert knows -to hcl and -to yaml, and not %q", *to)
	case *to == "" && paths[0] == "-":
		return c.usage("flow convert needs -to hcl or -to yaml for what it reads from standard input")
	}
	name, text, err := c.read(paths[0], *to)
	if err != nil {
		return c.complain(err)
	}
	if *to == "" {
		*to = map[bool]string{true: "yaml", false: "hcl"}[flowfile.IsHCL(name)]
	}
	loaded, diagnostics := flowfile.Parse(name, text, flowfile.Options{Variables: *variables, Allowed: flowfile.AnyDockerWord})
	if err := diagnostics.Fprint(c.errs); err != nil {
		return c.complain(err)
	}
	if diagnostics.HasErrors() {
		return exitNegative
	}
	if n := lang.Comments(lang.NewSource(name, text), flowfile.IsHCL(name)); n > 0 {
		fmt.Fprintf(c.errs, "%s: note: not carried over: %s of comments\n", name, problem.Counted(n, "line"))
	}
	var flows []*flow.Flow
	for _, l := range loaded {
		flows = append(flows, l.Flow)
	}
	return c.write(flows, *to, *out)
}

// read reads the file. Standard input gets a name whose ending says that it is
// in the other language.
func (c *flowConvertCommand) read(path, to string) (name string, text []byte, err error) {
	if path != "-" {
		text, err = lang.ReadFile(path)
		return path, text, err
	}
	text, err = lang.ReadText(os.Stdin)
	return map[string]string{"hcl": "stdin.yaml", "yaml": "stdin.hcl"}[to], text, err
}

func (c *flowConvertCommand) write(flows []*flow.Flow, to, path string) int {
	info, err := os.Stat(path)
	folder := path != "" && err == nil && info.IsDir()
	if to == "yaml" && len(flows) > 1 {
		if !folder {
			return c.usage("the file holds %d flows, and a YAML file holds one: name a folder with -o", len(flows))
		}
		for _, f := range flows {
			name, err := fileName(f)
			if err == nil {
				err = os.WriteFile(filepath.Join(path, name), flowfile.WriteYAML(f), 0o644)
			}
			if err != nil {
				return c.complain(err)
			}
			fmt.Fprintln(c.out, filepath.Join(path, name))
		}
		return exitOK
	}
	text := flowfile.WriteHCL(flows...)
	if to == "yaml" {
		text = flowfile.WriteYAML(flows[0])
	}
	switch {
	case folder:
		return c.usage("%s is a folder: name the file to write", path)
	case path == "":
		_, err = c.out.Write(text)
	default:
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		return c.complain(err)
	}
	return exitOK
}

// fileName returns the name of the file that a flow is written to.
func fileName(f *flow.Flow) (string, error) {
	name := f.Name
	if f.Version != "" {
		name += "-" + f.Version
	}
	if strings.ContainsAny(name, "/\\\x00") || strings.HasPrefix(name, ".") {
		return "", errors.New("the flow " + f.ID().String() + " has a name that cannot be a file's: convert it alone")
	}
	return name + ".yaml", nil
}
