package ui

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// log writes what a run's tasks printed as text, as it is now.
func (p *Pages) log(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Query().Get("download") != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+short(r.PathValue("id"))+`.log"`)
	}
	begun := false
	err := p.api.Logs(r.Context(), r.PathValue("id"), api.LogQuery{}, func(l api.LogLine) error {
		begun = true
		for _, line := range lines(l) {
			if _, err := fmt.Fprintf(w, "%s  %s  %s  %s\n", l.Time.Local().Format("2006-01-02 15:04:05.000"), l.Task, l.Stream, line); err != nil {
				return err
			}
		}
		return nil
	}, func() {})
	if err != nil && !begun {
		w.Header().Del("Content-Disposition")
		p.sorry(w, r, err)
	}
}

// logLine is a line of a log for the script.
type logLine struct {
	Time   string `json:"t"`
	Task   string `json:"k"`
	Stream string `json:"s"`
	Text   string `json:"x"`
}

// mostLines is how many lines go in one event.
const mostLines = 500

// follow streams what a run's tasks print, as server-sent events.
func (p *Pages) follow(w http.ResponseWriter, r *http.Request) {
	stream := startStream(w)
	var batch []logLine
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := stream.event("lines", batch)
		batch = batch[:0]
		return err
	}
	quiet := time.Now()
	err := p.api.Logs(r.Context(), r.PathValue("id"), api.LogQuery{Follow: true}, func(l api.LogLine) error {
		for _, line := range lines(l) {
			batch = append(batch, logLine{l.Time.Local().Format("15:04:05.000"), l.Task, l.Stream, line})
		}
		if len(batch) < mostLines {
			return nil
		}
		return flush()
	}, func() {
		if len(batch) > 0 {
			quiet = time.Now()
		} else if time.Since(quiet) > alive {
			quiet = time.Now()
			_ = stream.comment("alive")
		}
		_ = flush() // who followed may be gone, which the context says
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		_ = stream.event("end", "")
	}
}

// lines are those of a piece that a task printed. What is not text is written as Go
// writes it.
func lines(l api.LogLine) (all []string) {
	for line := range bytes.SplitSeq(bytes.TrimSuffix(l.Data, []byte("\n")), []byte("\n")) {
		all = append(all, visible(string(bytes.TrimSuffix(line, []byte("\r")))))
	}
	return all
}
