package cli

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// watchInterval is how often what is watched is shown anew.
const watchInterval = 2 * time.Second

// again shows something until the command is interrupted: on a terminal in the
// same place, elsewhere whenever it has changed. Show writes to the command's
// out. An agent that does not answer at first is an error; later it may be
// restarted.
func (b *base) again(show func() error) int {
	out := b.out
	defer func() { b.out = out }()
	terminal := terminalOf(out)
	var shown string
	for first := true; ; first = false {
		screen := &page{Writer: out}
		b.out = screen
		err := show()
		text := screen.String()
		switch {
		case err != nil && first:
			b.out = out
			return b.complain(err)
		case b.ctx.Err() != nil:
			return exitOK
		case err != nil:
			text = printable(fmt.Sprintf("%v\n", err))
		}
		if terminal.looked {
			fmt.Fprintf(out, "\033[H\033[2J%s\n%s", time.Now().Format(time.TimeOnly), text)
		} else if text != shown {
			fmt.Fprintln(out, text)
		}
		shown = text
		select {
		case <-time.After(watchInterval):
		case <-b.ctx.Done():
			return exitOK
		}
	}
}

// page gathers what is written for a terminal, and is one itself.
type page struct {
	bytes.Buffer
	io.Writer // where it will be shown
}

func (p *page) Write(text []byte) (int, error) { return p.Buffer.Write(text) }
