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

	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// polling is how often new output is looked for while it is followed.
const polling = 200 * time.Millisecond

// logs streams what a run's tasks printed, as one LogLine after the other, in
// the order of the attempts and within one by time. With follow it goes on
// until the run has ended.
func (s *Server) logs(w http.ResponseWriter, r *http.Request) {
	found, err := s.DB.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if !found.LogsRemoved.IsZero() {
		s.refuse(w, r, fmt.Errorf("logs of run %s, which were removed on %s: %w", found.ID, found.LogsRemoved.Format(time.DateTime), state.ErrNotFound))
		return
	}
	tail := &tail{server: s, run: found.ID, task: r.URL.Query().Get("task"), out: json.NewEncoder(w), open: make(map[run.AttemptID]*attemptLog)}
	defer tail.close()
	if err := tail.check(r.Context()); err != nil {
		s.refuse(w, r, err)
		return
	}
	follow := r.URL.Query().Get("follow") != ""
	w.Header().Set("Content-Type", "application/x-ndjson")
	for {
		over, err := tail.copy(r.Context())
		if err != nil {
			if r.Context().Err() == nil {
				s.Logger.Warn("logs not sent to their end", "run", found.ID, "error", err)
			}
			return
		}
		if over || !follow {
			return
		}
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		select {
		case <-time.After(polling):
		case <-r.Context().Done():
			return
		}
	}
}

// tail is one reader of a run's logs.
type tail struct {
	server *Server
	run    run.ID
	task   string // a task's name or index; "": all
	out    *json.Encoder
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
	tasks, err := t.server.DB.Tasks(ctx, t.run)
	if err != nil || slices.ContainsFunc(tasks, t.wants) {
		return err
	}
	return fmt.Errorf("task %q of run %s: %w", t.task, t.run, state.ErrNotFound)
}

// copy writes what there is and has not been written yet. It reports whether
// the run has ended and nothing more will come.
func (t *tail) copy(ctx context.Context) (over bool, err error) {
	// before the files are read: what a run that has ended printed is there
	now, err := t.server.DB.Run(ctx, string(t.run))
	if err != nil {
		return false, err
	}
	tasks, err := t.server.DB.Tasks(ctx, t.run)
	if err != nil {
		return false, err
	}
	attempts, err := t.server.DB.Attempts(ctx, t.run)
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
			log.streams[i] = logs.Open(t.server.Log(attempt, name))
		}
		t.open[attempt.ID] = log
	}
	for {
		i, frame, err := log.earliest()
		if err != nil || frame == nil {
			return err
		}
		line := LogLine{Time: frame.Time, Task: task.Name, Attempt: attempt.ID, Stream: streamNames[i], Data: frame.Data}
		if err := t.out.Encode(line); err != nil {
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
