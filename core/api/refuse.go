package api

import (
	"errors"
	"net/http"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/datafolder"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/notify"
	"github.com/raddeploy/raddeploy/core/operate"
	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Code is the HTTP status that an error of the server's methods stands for. 500
// is a fault of the agent, whose text belongs into its log alone; the others are
// the caller's to read.
func Code(err error) int {
	var bad *badRequest
	var conflict *flowset.ConflictError
	var moved *run.StateError
	var refused *operate.Refusal
	switch {
	case errors.Is(err, state.ErrNotFound), errors.Is(err, flowset.ErrNotFound), errors.Is(err, access.ErrNoDestination), errors.Is(err, notify.ErrNoBlock):
		return http.StatusNotFound
	case errors.As(err, &conflict), errors.As(err, &moved), errors.As(err, &refused), errors.Is(err, datafolder.ErrCopying):
		return http.StatusConflict
	case errors.Is(err, datafolder.ErrNoRoom):
		return http.StatusInsufficientStorage
	case errors.As(err, new(*unusable)), errors.As(err, new(*picture.CannotError)):
		return http.StatusUnprocessableEntity
	case errors.As(err, &bad):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code, detail := Code(err), err.Error()
	if code == http.StatusInternalServerError {
		detail = web.Fault(r, s.from.Logger, web.NotAnswered, err)
	}
	web.Refuse(w, r, code, detail)
}

type badRequest struct{ what string }

func (e *badRequest) Error() string { return e.what }
