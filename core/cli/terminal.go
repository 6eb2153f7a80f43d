package cli

import (
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"
)

// terminal is what is known of where a command writes.
type terminal struct {
	width   int  // columns; 0: what is written is not cut
	colours bool // escape sequences for colours are understood
	looked  bool // a person looks on: what is shown may be drawn anew
}

// terminalOf asks a writer what it is. COLUMNS says the width of one that does
// not. NO_COLOR with any value has no colours, and CLICOLOR_FORCE has them
// anywhere.
func terminalOf(out io.Writer) terminal {
	var t terminal
	if p, gathered := out.(*page); gathered {
		out = p.Writer
	}
	file, ok := out.(*os.File)
	t.looked = ok && isatty.IsTerminal(file.Fd()) && os.Getenv("TERM") != "dumb"
	if t.looked {
		if size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err == nil {
			t.width = int(size.Col)
		}
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		t.width = columns
	}
	t.colours = (t.looked || os.Getenv("CLICOLOR_FORCE") != "") && os.Getenv("NO_COLOR") == ""
	return t
}

// colourOf are the states that have a colour: what is well, what waits for
// somebody, what has failed, what is under way.
var colourOf = map[string]string{
	"done": green, "sent": green, "healthy": green, "succeeded": green, "matched": green, "live": green, "accepted": green, "ok": green,
	"failed": red, "unhealthy": red, "undetected": red, "broken": red, "rejected": red, "canceled": red,
	"incomplete": yellow, "disabled": yellow, "draining": yellow, "canceling": yellow, "refused": yellow, "skipped": yellow,
	"running": blue, "sending": blue, "receiving": blue,
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "36"
)

// paint is a state in its colour, where there are colours.
func (t terminal) paint(state string) string {
	word, _, _ := strings.Cut(state, ",")
	colour := colourOf[word]
	if !t.colours || colour == "" {
		return state
	}
	return "\033[" + colour + "m" + state + "\033[0m"
}
