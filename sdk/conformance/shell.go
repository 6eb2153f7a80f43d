package conformance

import (
	"fmt"
	"strings"
)

// Command is the work as a command for a container that has a POSIX sh and the
// usual small tools, as busybox has them.
func (w Work) Command() []string {
	// Sleeps are waited for, so that the shell hears signals while they last;
	// what it leaves behind ends with it.
	script := []string{`trap 'kill $! 2>/dev/null; exit 143' TERM`}
	for i, step := range w {
		script = append(script, fmt.Sprintf("%s || exit %d", step.shell(), firstCode+i))
	}
	return []string{"sh", "-c", strings.Join(script, "\n")}
}

func (s Step) shell() string {
	path, to := quote(s.Path), quote(s.To)
	switch s.Do {
	case DoPrint:
		return printf(s.Data) + redirect(s.Stream)
	case DoCount:
		return fmt.Sprintf("seq 1 %d | sed %s%s", s.Count, quote("s/$/"+string(s.Data)+"/"), redirect(s.Stream))
	case DoSleep:
		return fmt.Sprintf("{ sleep %g & wait $!; }", s.Seconds)
	case DoExit:
		return fmt.Sprintf("exit %d", s.Count)
	case DoDie:
		// the first process of a pid namespace cannot kill itself; engines tell
		// its signal by this code
		return fmt.Sprintf("{ kill -%d $$; exit %d; }", s.Count, 128+s.Count)
	case DoEat:
		return fmt.Sprintf("{ x=0123456789abcdef; while test ${#x} -lt %d; do x=$x$x; done; }", s.Count)
	case DoDeaf:
		return "trap '' TERM"
	case DoGentle:
		action := printf(s.Data) + redirect(s.Stream)
		if s.Path != "" {
			action = printf(s.Data) + " >> " + path
		}
		return "trap " + quote("kill $! 2>/dev/null; "+action+"; exit 0") + " TERM"
	case DoAppend:
		return printf(s.Data) + " >> " + path
	case DoRemove:
		return "rm " + path
	case DoMkdir:
		return "mkdir -p " + path
	case DoCopy:
		return "cp " + path + " " + to
	case DoSymlink:
		return "ln -s " + to + " " + path
	case DoChown:
		// not everybody has other users
		return fmt.Sprintf("{ chown %d %s 2>/dev/null; true; }", s.Count, path)
	case DoChmod:
		return fmt.Sprintf("chmod %o %s", s.Count, path)
	case DoWantFile:
		return printf(s.Data) + " | cmp -s - " + path
	case DoWantNames:
		names := "LC_ALL=C; cd " + path + ` && for f in .[!.]* *; do if test -e "$f" || test -L "$f"; then printf '%s\n' "$f"; fi; done`
		return `test "$(` + names + `)" = ` + quote(strings.TrimSuffix(string(s.Data), "\n"))
	case DoWantEnv:
		return `test "$` + s.Name + `" = ` + quote(string(s.Data))
	case DoWantUnset:
		return `test -z "${` + s.Name + `+set}"`
	case DoWantFailed:
		return "! " + printf(s.Data) + " 2>/dev/null >> " + path
	case DoShowGPUs:
		return "{ " + string(s.Data) + "; true; }"
	}
	return "false"
}

func redirect(stream int) string {
	if stream == 2 {
		return " >&2"
	}
	return ""
}

// printf writes any bytes, which a command line cannot hold as they are.
func printf(data []byte) string {
	var text strings.Builder
	for _, b := range data {
		switch {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', strings.IndexByte(" ./_:=,", b) >= 0:
			text.WriteByte(b)
		default:
			fmt.Fprintf(&text, `\%03o`, b)
		}
	}
	return "printf '" + text.String() + "'"
}

// quote makes one word of the shell of any text without NUL.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
