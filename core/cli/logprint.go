package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/api"
)

// printedLog shows what tasks printed. Where a line has something before it, a
// stream is put together line by line; else its bytes are shown as they were.
type printedLog struct {
	out, errs  io.Writer
	timestamps bool
	names      int // columns of the names of tasks; 0: they are not shown

	open  map[logKey]*openLine
	order []logKey // of open, as they came
}

type logKey struct{ attempt, stream string }

// openLine is a line without its end so far.
type openLine struct {
	first api.LogLine
	text  []byte
}

// longestLine is where a line is shown though its end has not come.
const longestLine = 64 << 10

// namesOf are the columns of the names of a run's tasks, where it has several.
func namesOf(tasks []api.Task) (columns int) {
	if len(tasks) < 2 {
		return 0
	}
	for _, task := range tasks {
		columns = max(columns, utf8.RuneCountInString(task.Name))
	}
	return columns
}

func (p *printedLog) write(piece api.LogLine) error {
	if p.names == 0 && !p.timestamps {
		_, err := p.to(piece.Stream).Write(piece.Data)
		return err
	}
	key := logKey{string(piece.Attempt), piece.Stream}
	for data := piece.Data; len(data) > 0; {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		data = rest
		open := p.line(key, piece)
		open.text = append(open.text, line...)
		if ended || len(open.text) > longestLine {
			if err := p.show(key, open); err != nil {
				return err
			}
		}
	}
	return nil
}

// line is the open line of a stream.
func (p *printedLog) line(key logKey, piece api.LogLine) *openLine {
	if p.open == nil {
		p.open = make(map[logKey]*openLine)
	}
	if p.open[key] == nil {
		p.open[key] = &openLine{first: piece}
		if !slices.Contains(p.order, key) {
			p.order = append(p.order, key)
		}
	}
	return p.open[key]
}

func (p *printedLog) show(key logKey, line *openLine) error {
	delete(p.open, key)
	before := ""
	if p.timestamps {
		before = line.first.Time.Local().Format("2006-01-02T15:04:05.000Z07:00") + " "
	}
	if p.names > 0 {
		before += fmt.Sprintf("%-*s | ", p.names, printable(line.first.Task))
	}
	_, err := fmt.Fprintf(p.to(key.stream), "%s%s\n", before, line.text)
	return err
}

// end shows the lines whose ends never came.
func (p *printedLog) end() {
	for _, key := range p.order {
		if open := p.open[key]; open != nil {
			_ = p.show(key, open) // the command ends with what could be shown
		}
	}
}

func (p *printedLog) to(stream string) io.Writer {
	if stream == "stderr" {
		return p.errs
	}
	return p.out
}
