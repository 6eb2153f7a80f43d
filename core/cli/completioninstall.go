package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The flags that only stand alone: the shells of this user are taught to complete the
// program's commands, or no longer.
const (
	installFlag   = "autocomplete-install"
	uninstallFlag = "autocomplete-uninstall"
)

// completionMark ends each line that is written into a shell's file.
const completionMark = "# completion of raddeploy"

// earlierLine is what earlier versions wrote, without a mark.
var earlierLine = regexp.MustCompile(`^complete (-o nospace )?-C \S*raddeploy raddeploy$`)

// completionAsked reports whether one of those flags stands before any command.
func completionAsked(args []string) (install, asked bool) {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			break
		}
		if flag := strings.TrimLeft(arg, "-"); flag == installFlag || flag == uninstallFlag {
			return flag == installFlag, true
		}
	}
	return false, false
}

// shell is a shell of this user, and how it learns to complete.
type shell struct {
	name  string
	file  string   // that is changed, or made
	lines []string // that are added to it
	whole bool     // the file has nothing else
}

// shellsOf are the shells whose files are in a home folder. If there are none, it is the
// one that SHELL names.
func shellsOf(home, program string, getenv func(string) string) ([]shell, error) {
	bash := shell{name: "bash", file: filepath.Join(home, ".bashrc")}
	for _, name := range []string{".bashrc", ".bash_profile", ".bash_login", ".profile"} {
		if exists(filepath.Join(home, name)) {
			bash.file = filepath.Join(home, name)
			break
		}
	}
	dots, config := getenv("ZDOTDIR"), getenv("XDG_CONFIG_HOME")
	if dots == "" {
		dots = home
	}
	if !filepath.IsAbs(config) { // as the XDG base directory specification has it
		config = filepath.Join(home, ".config")
	}
	zsh := shell{name: "zsh", file: filepath.Join(dots, ".zshrc")}
	fish := shell{name: "fish", file: filepath.Join(config, "fish", "completions", "raddeploy.fish"), whole: true}

	completes := "complete -o default -C " + quoted(quoted(program)) + " raddeploy " + completionMark
	bash.lines = []string{completes}
	zsh.lines = []string{
		"(( $+functions[compdef] )) || { autoload -Uz compinit && compinit } " + completionMark,
		"autoload -Uz bashcompinit && bashcompinit " + completionMark,
		completes,
	}
	fish.lines = []string{
		"complete -c raddeploy -f -a '(env COMP_LINE=(commandline -cp | string collect) " + strings.ReplaceAll(quoted(program), "'", `\'`) + ")' " + completionMark,
	}
	there := []shell{}
	for _, s := range []struct {
		shell
		sign string
	}{{bash, bash.file}, {zsh, zsh.file}, {fish, filepath.Join(config, "fish")}} {
		if exists(s.sign) {
			there = append(there, s.shell)
		}
	}
	if len(there) > 0 {
		return there, nil
	}
	used := filepath.Base(getenv("SHELL"))
	for _, s := range []shell{bash, zsh, fish} {
		if s.name == used {
			return []shell{s}, nil
		}
	}
	return nil, fmt.Errorf("no file of bash, zsh or fish is in %s, and SHELL names none of them: create .bashrc, .zshrc or .config/fish there, or set SHELL", home)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// quoted is a word as a POSIX shell and zsh read it.
func quoted(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,", r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// teachShells installs the completion for this user's shells, or removes it.
func (b *base) teachShells(install bool) int {
	home, err := os.UserHomeDir() // which HOME says
	if err != nil {
		return b.usage("the folder of your shell's settings is unknown: set HOME (%v)", err)
	}
	program, err := os.Executable()
	if err != nil {
		return b.complain(err)
	}
	shells, err := shellsOf(home, program, os.Getenv)
	if err != nil {
		if !install {
			say(b.out, "there is no completion to remove\n")
			return exitOK
		}
		return b.complain(err)
	}
	var failed error
	for _, s := range shells {
		changed, err := s.remove()
		said := "removed from"
		if err == nil && install {
			changed, err = true, s.add()
			said = "installed in"
		}
		switch {
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("completion for %s: %w", s.name, err))
		case !changed:
			say(b.out, "%-4s  there is none in %s\n", s.name, s.file)
		default:
			say(b.out, "%-4s  %s %s\n", s.name, said, s.file)
		}
	}
	if failed != nil {
		return b.complain(failed)
	}
	if install {
		say(b.out, "Open a new shell to use it.\n")
	}
	return exitOK
}

// add writes the lines at the end of the shell's file.
func (s shell) add() error {
	if s.whole {
		if err := os.MkdirAll(filepath.Dir(s.file), 0o755); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(s.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	added := strings.Join(s.lines, "\n") + "\n"
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		added = "\n" + added
	}
	file, err := os.OpenFile(s.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(added)
	return errors.Join(err, file.Close())
}

// remove takes our lines out of the shell's file, and reports whether there were any.
func (s shell) remove() (bool, error) {
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	lines := slices.Collect(strings.Lines(string(text)))
	kept := slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		line = strings.TrimRight(line, "\n")
		return strings.HasSuffix(line, completionMark) || earlierLine.MatchString(line)
	})
	switch {
	case s.whole:
		return true, os.Remove(s.file)
	case len(kept) == len(lines):
		return false, nil
	}
	return true, replaceFile(s.file, []byte(strings.Join(kept, "")))
}
