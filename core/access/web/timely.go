package web

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"time"
)

// A body has to begin, and to end, within such a time and one for as many bytes as
// it has: else who sends none holds a connection, and what reads it, for ever.
const (
	bodyWithin = 30 * time.Second
	slowest    = 16 << 10 // bytes a second
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
