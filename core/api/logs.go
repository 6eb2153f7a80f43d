package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// polling is how often new output is looked for while it is followed.
const polling = 200 * time.Millisecond

// LogQuery says what of a run's logs is wanted.
type LogQuery struct {
	Task   string // a name or index; "": all
	Follow bool   // until the run has ended
}

// Logs emits what the tasks of a run printed, in the order of the attempts and
// within one by time. When it waits for more, it calls flush. An error before the
// first line is about the query.
func (s *Server) Logs(ctx context.Context, prefix string, q LogQuery, emit func(LogLine) error, flush func()) error {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return err
	}
	if !found.LogsRemoved.IsZero() {
		return fmt.Errorf("logs of run %s, which were removed on %s: %w", found.ID, found.LogsRemoved.Format(time.DateTime), state.ErrNotFound)
	}
	tail := &tail{server: s, run: found.ID, task: q.Task, emit: emit, open: make(map[run.AttemptID]*attemptLog)}
	defer tail.close()
	if err := tail.check(ctx); err != nil {
		return err
	}
	for {
		over, err := tail.copy(ctx)
		if err != nil || over || !q.Follow {
			return err
		}
		flush()
		if err := wake.Sleep(ctx, polling); err != nil {
			return err
		}
	}
}

// logs streams what a run's tasks printed, as one LogLine after the other.
func (s *Server) logs(w http.ResponseWriter, r *http.Request) {
	asked := &values{from: r.URL.Query()}
	q := LogQuery{Task: asked.text("task"), Follow: asked.text("follow") != ""}
	if err := asked.end(); err != nil {
		s.refuse(w, r, err)
		return
	}
	lines := &lineWriter{to: w}
	err := s.Logs(r.Context(), r.PathValue("id"), q, lines.emit, lines.flush)
	switch {
	case err == nil:
		lines.begin()
	case !lines.begun:
		s.refuse(w, r, err)
	case r.Context().Err() == nil:
		s.from.Logger.Warn("logs not sent to their end", "run", r.PathValue("id"), "error", err)
	}
}

// lineWriter writes lines of JSON, and the head before the first.
type lineWriter struct {
	to    http.ResponseWriter
	begun bool
}

func (l *lineWriter) begin() {
	if !l.begun {
		l.to.Header().Set("Content-Type", "application/x-ndjson")
		l.begun = true
	}
}

func (l *lineWriter) emit(line LogLine) error {
	l.begin()
	return json.NewEncoder(l.to).Encode(line)
}

func (l *lineWriter) flush() {
	l.begin()
	if flusher, ok := l.to.(http.Flusher); ok {
		flusher.Flush()
	}
}

// tail is one reader of a run's logs.
type tail struct {
	server *Server
	run    run.ID
	task   string // a task's name or index; "": all
	emit   func(LogLine) error
	open   map[run.AttemptID]*attemptLog
}

// attemptLog reads the streams of one attempt by time.
type attemptLog struct {
	streams [2]*logs.Reader
	next    [2]*logs.Frame
}

var streamNames = [2]string{"stdout", "stderr"}

// check says whether the run has the task that is wanted.
func (t *tail) check(ctx context.Context) error {
	tasks, err := t.server.from.DB.Tasks(ctx, t.run)
	if err != nil || slices.ContainsFunc(tasks, t.wants) {
		return err
	}
	return fmt.Errorf("task %q of run %s: %w", t.task, t.run, state.ErrNotFound)
}

// copy writes what there is and has not been written yet. It reports whether
// the run has ended and nothing more will come.
func (t *tail) copy(ctx context.Context) (over bool, err error) {
	// before the files are read: what a run that has ended printed is there
	now, err := t.server.from.DB.Run(ctx, string(t.run))
	if err != nil {
		return false, err
	}
	tasks, err := t.server.from.DB.Tasks(ctx, t.run)
	if err != nil {
		return false, err
	}
	attempts, err := t.server.from.DB.Attempts(ctx, t.run)
	if err != nil {
		return false, err
	}
	for _, attempt := range attempts {
		if task := tasks[attempt.Task]; t.wants(task) {
			if err := t.attempt(attempt, task); err != nil {
				return false, err
			}
		}
	}
	return now.State == run.Sending || now.State.Final(), nil
}

func (t *tail) wants(task run.Task) bool {
	return t.task == "" || t.task == task.Name || t.task == strconv.Itoa(task.Index)
}

func (t *tail) attempt(attempt run.Attempt, task run.Task) error {
	log := t.open[attempt.ID]
	if log == nil {
		log = &attemptLog{}
		for i, name := range streamNames {
			log.streams[i] = logs.Open(t.server.from.Log(attempt, name))
		}
		t.open[attempt.ID] = log
	}
	for {
		i, frame, err := log.earliest()
		if err != nil || frame == nil {
			return err
		}
		line := LogLine{Time: frame.Time, Task: task.Name, Attempt: attempt.ID, Stream: streamNames[i], Data: frame.Data}
		if err := t.emit(line); err != nil {
			return err
		}
	}
}

// earliest takes the next piece of both streams, by time; nil if there is none
// at present.
func (l *attemptLog) earliest() (stream int, frame *logs.Frame, err error) {
	for i, reader := range l.streams {
		if l.next[i] != nil {
			continue
		}
		frame, err := reader.Next()
		if errors.Is(err, io.EOF) {
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		l.next[i] = &frame
	}
	switch {
	case l.next[0] == nil && l.next[1] == nil:
		return 0, nil, nil
	case l.next[0] == nil, l.next[1] != nil && l.next[1].Time.Before(l.next[0].Time):
		stream = 1
	}
	frame, l.next[stream] = l.next[stream], nil
	return stream, frame, nil
}

func (t *tail) close() {
	for _, log := range t.open {
		for _, reader := range log.streams {
			reader.Close()
		}
	}
}
