package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// flowFmtCommand writes flow files with the usual indentation and spacing.
type flowFmtCommand struct{ base }

func (c *flowFmtCommand) Synopsis() string { return "Format flow and site files" }

func (c *flowFmtCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy flow fmt [options] FILE…

  Rewrites files in YAML and HCL with the usual indentation and spacing, and prints the names of
  those that it changed. Comments, quotes and the order of things stay. What a file says never
  changes: that is checked, and a file that cannot be formatted without it is left alone.
  FILE can be a folder, or - for standard input, whose text goes to standard output.

Options:

  -check    write nothing; print the names of the files that are not formatted, and end with 1
            if there are some
  -diff     write nothing; print what would change
` + exitCodes)
}

func (c *flowFmtCommand) Run(args []string) int {
	set := c.flags("flow fmt", c.Help)
	check := set.Bool("check", false, "")
	asDiff := set.Bool("diff", false, "")
	paths, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(paths) == 0:
		return c.usage("flow fmt takes the files or folders to format, or - for standard input")
	}
	for _, path := range paths {
		files := []string{path}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			files = flowfile.Files(path)
		}
		for _, file := range files {
			code = max(code, c.format(file, *check, *asDiff))
		}
	}
	return code
}

func (c *flowFmtCommand) format(path string, check, asDiff bool) int {
	var text []byte
	var err error
	if path == "-" {
		text, err = lang.ReadText(os.Stdin)
	} else {
		text, err = lang.ReadFile(path)
	}
	if err != nil {
		return c.complain(err)
	}
	format := lang.FormatYAML
	if flowfile.IsHCL(path) || path == "-" && flowfile.LooksLikeHCL(text) {
		format = lang.FormatHCL
	}
	formatted, diagnostics, err := format(lang.NewSource(path, text))
	if err := diagnostics.Fprint(c.errs); err != nil {
		return c.complain(err)
	}
	switch {
	case err != nil:
		return c.complain(fmt.Errorf("format %s: %w", path, err))
	case diagnostics.HasErrors():
		return exitNegative
	}
	same := bytes.Equal(text, formatted)
	code := exitOK
	if check && !same {
		code = exitNegative
	}
	switch {
	case asDiff:
		_, err = c.out.Write(diff.Diff(path, text, path+" (formatted)", formatted))
	case check && !same:
		_, err = fmt.Fprintln(c.out, path)
	case check:
	case path == "-":
		_, err = c.out.Write(formatted)
	case !same:
		if err = replaceFile(path, formatted); err == nil {
			_, err = fmt.Fprintln(c.out, path)
		}
	}
	if err != nil {
		return c.complain(err)
	}
	return code
}

// replaceFile writes a file beside another one and puts it into its place, so
// that an agent that reads meanwhile sees one of the two. A link stays, and what it leads
// to is replaced.
func replaceFile(path string, text []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temporary := path + ".formatted"
	if err := os.WriteFile(temporary, text, info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	return nil
}
