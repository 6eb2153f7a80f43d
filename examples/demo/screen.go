package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
)

// screen tells a person what happens, a line a step, with the time since the start.
type screen struct {
	out    io.Writer
	colors bool
	began  time.Time
}

func newScreen(out *os.File) *screen {
	_, plain := os.LookupEnv("NO_COLOR")
	return &screen{out: out, colors: !plain && isatty.IsTerminal(out.Fd()), began: time.Now()}
}

const (
	bold   = "1"
	dim    = "2"
	green  = "32"
	yellow = "33"
)

// style colours a text, where a person sees it.
func (s *screen) style(code, text string) string {
	if !s.colors {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) title(text string) { fmt.Fprintf(s.out, "\n%s\n\n", s.style(bold, text)) }

// step says what has just been done.
func (s *screen) step(what, format string, args ...any) { s.at(time.Now(), what, format, args...) }

// at says what was done at a time.
func (s *screen) at(when time.Time, what, format string, args ...any) {
	since := max(0, when.Sub(s.began)).Seconds()
	fmt.Fprintf(s.out, "%s  %s %s\n", s.style(dim, fmt.Sprintf("%7.2f s", since)), s.style(green, fmt.Sprintf("%-9s", what)), fmt.Sprintf(format, args...))
}

// more continues a step in a line of its own.
func (s *screen) more(format string, args ...any) {
	fmt.Fprintf(s.out, "%s%s\n", strings.Repeat(" ", 21), s.style(dim, fmt.Sprintf(format, args...)))
}

// entries lists things with what they are.
func (s *screen) entries(title string, rows [][2]string) {
	fmt.Fprintf(s.out, "\n%s\n", s.style(bold, title))
	wide := 0
	for _, row := range rows {
		wide = max(wide, len(row[0]))
	}
	for _, row := range rows {
		fmt.Fprintf(s.out, "  %s  %s\n", s.style(yellow, fmt.Sprintf("%-*s", wide, row[0])), row[1])
	}
}
