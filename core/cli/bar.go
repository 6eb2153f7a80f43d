package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// bar shows how far something is, where a person looks on.
type bar struct {
	out         io.Writer // nil: nobody looks
	done, total int
	began       time.Time
	shown       time.Time
}

func newBar(out io.Writer, total int, quiet bool) *bar {
	if file, ok := out.(*os.File); quiet || !ok || !isatty.IsTerminal(file.Fd()) {
		out = nil
	}
	return &bar{out: out, total: total, began: time.Now()}
}

func (b *bar) step() {
	b.done++
	if now := time.Now(); b.out != nil && now.Sub(b.shown) > 100*time.Millisecond {
		b.shown = now
		fmt.Fprintf(b.out, "\r\033[K%d of %d, %.0f/s", b.done, b.total, float64(b.done)/now.Sub(b.began).Seconds())
	}
}

// at shows how many of an unknown number there are.
func (b *bar) at(done int, what string) {
	if now := time.Now(); b.out != nil && done > b.done && now.Sub(b.shown) > 100*time.Millisecond {
		b.shown, b.done = now, done
		fmt.Fprintf(b.out, "\r%d %s", done, what)
	}
}

// line shows what is going on.
func (b *bar) line(text string) {
	if b.out != nil && text != "" {
		fmt.Fprintf(b.out, "\r\033[K%s", text)
	}
}

func (b *bar) end() {
	if b.out != nil {
		fmt.Fprint(b.out, "\r\033[K")
	}
}
