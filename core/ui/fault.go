package ui

import (
	"errors"
	"net/http"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
)

// fault is what is wrong with what a page was asked for.
type fault struct {
	code int
	what string
}

func (f *fault) Error() string { return f.what }

func badRequest(what string) error { return &fault{http.StatusBadRequest, what} }
func notFound(what string) error   { return &fault{http.StatusNotFound, what} }

// errMayNot is that the role of who asks does not include what is asked for.
var errMayNot = &fault{http.StatusForbidden, "your role does not include this"}

// explained is the HTTP status that an error stands for, and what is said of it: a
// fault of the agent is in its log alone.
func (p *Pages) explained(r *http.Request, err error) (code int, text string) {
	if code = codeOf(err); code == http.StatusInternalServerError {
		return code, web.Fault(r, p.logger, web.NotAnswered, err)
	}
	return code, err.Error()
}

// codeOf is the HTTP status that an error stands for.
func codeOf(err error) int {
	var f *fault
	if errors.As(err, &f) {
		return f.code
	}
	return api.Code(err)
}
