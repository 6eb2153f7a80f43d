package web

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"time"
)

// A body has to begin, and to end, within such a time and one for as many bytes as
// it has, and a part of an answer has to be read so: else who sends or reads nothing
// holds a connection, and what answers it, for ever.
const (
	bodyWithin   = 30 * time.Second
	answerWithin = 30 * time.Second
	slowest      = 16 << 10 // bytes a second
)

// timely is the body of a request while it comes in time.
type timely struct {
	io.ReadCloser
	controller *http.ResponseController
	until      time.Time // for the first bytes
	read       int64
}

// timelyBody has the body of a request fail that does not come in time.
func (g *Guard) timelyBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	body := &timely{ReadCloser: r.Body, controller: http.NewResponseController(w), until: time.Now().Add(cmp.Or(g.BodyWithin, bodyWithin))}
	body.wait(body.until) // what nobody reads the server does, at the end
	r.Body = body
}

func (b *timely) Read(into []byte) (int, error) {
	b.wait(b.until.Add(time.Duration(b.read/slowest) * time.Second))
	n, err := b.ReadCloser.Read(into)
	b.read += int64(n)
	if errors.Is(err, io.EOF) {
		b.wait(time.Time{}) // from now on the connection is read to learn that it is closed
	}
	return n, err
}

// wait sets until when bytes are waited for. Where there are no deadlines, as in
// tests, there are none.
func (b *timely) wait(until time.Time) { _ = b.controller.SetReadDeadline(until) }

// timelyAnswer is an answer while it is read in time.
type timelyAnswer struct {
	http.ResponseWriter
	controller *http.ResponseController
	within     time.Duration
	own        bool // whoever writes says until when
}

// timelyAnswer has an answer fail that is not read in time: each part of it within
// such a time and one for as many bytes as it has.
func (g *Guard) timelyAnswer(w http.ResponseWriter) *timelyAnswer {
	a := &timelyAnswer{ResponseWriter: w, controller: http.NewResponseController(w), within: cmp.Or(g.AnswerWithin, answerWithin)}
	_ = a.controller.SetWriteDeadline(time.Time{}) // that of the answer before
	return a
}

func (a *timelyAnswer) wait(bytes int) {
	if !a.own {
		_ = a.controller.SetWriteDeadline(time.Now().Add(a.within + time.Duration(bytes/slowest)*time.Second))
	}
}

// WriteHeader implements [http.ResponseWriter].
func (a *timelyAnswer) WriteHeader(code int) {
	a.wait(0)
	a.ResponseWriter.WriteHeader(code)
}

// Write implements [http.ResponseWriter].
func (a *timelyAnswer) Write(b []byte) (int, error) {
	a.wait(len(b))
	return a.ResponseWriter.Write(b)
}

// Flush implements [http.Flusher].
func (a *timelyAnswer) Flush() { _ = a.FlushError() } // the next write fails, too

// FlushError is for [http.ResponseController].
func (a *timelyAnswer) FlushError() error {
	a.wait(0)
	return a.controller.Flush()
}

// SetWriteDeadline is for [http.ResponseController].
func (a *timelyAnswer) SetWriteDeadline(until time.Time) error {
	a.own = true
	return a.controller.SetWriteDeadline(until)
}

// Unwrap is for [http.ResponseController].
func (a *timelyAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
