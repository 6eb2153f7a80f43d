package ui

import (
	"errors"
	"net/http"

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

// codeOf is the HTTP status that an error stands for.
func codeOf(err error) int {
	var f *fault
	if errors.As(err, &f) {
		return f.code
	}
	return api.Code(err)
}
