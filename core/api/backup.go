package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

// stalled is how long a client may take no byte of a back-up before it is given
// up: the copy takes room on the disk.
const stalled = time.Minute

// Backup makes a copy of the state database. The caller closes it.
func (s *Server) Backup(ctx context.Context) (*os.File, error) { return s.from.Copy(ctx) }

// backup answers with a copy of the state database. It is a POST because the
// copy takes room on the agent's disk, which a page of another origin must not
// be able to ask for.
func (s *Server) backup(w http.ResponseWriter, r *http.Request) {
	file, err := s.Backup(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.sqlite3")
	w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	if _, err := io.Copy(&patient{w, http.NewResponseController(w)}, file); err != nil {
		s.from.Logger.Warn("back-up not written to its end", "error", err)
	}
}

// patient writes for as long as the client goes on reading.
type patient struct {
	io.Writer
	controller *http.ResponseController
}

func (p *patient) Write(b []byte) (int, error) {
	// Where there are no deadlines, as in tests, there are none.
	if err := p.controller.SetWriteDeadline(time.Now().Add(stalled)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.Writer.Write(b)
}

// Copy makes a copy of the state database that has no name in a folder.
type Copy func(ctx context.Context) (*os.File, error)

// Backup writes a copy of the agent's state database, as it is now. Before the
// first byte, begin is called with the number of bytes.
func (c *Client) Backup(ctx context.Context, to io.Writer, begin func(bytes int64) error) error {
	response, err := c.request(ctx, http.MethodPost, "/v1/backup", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := begin(response.ContentLength); err != nil {
		return err
	}
	if _, err := io.Copy(to, response.Body); err != nil {
		return fmt.Errorf("back-up broke off: %w", err)
	}
	return nil
}
