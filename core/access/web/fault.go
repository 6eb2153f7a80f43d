package web

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/redact"
)

// Fault logs an error that is the agent's own, and returns the sentence that who
// asked is shown instead. The error may name files and UIDs of patients, so the
// sentence has only what was not done, and a reference that is in the log, too.
func Fault(r *http.Request, log hclog.Logger, what string, err error) string {
	var id [4]byte
	_, _ = rand.Read(id[:]) // it never fails
	reference := hex.EncodeToString(id[:])
	if r.Context().Err() != nil { // who asked is gone, and the error may come of that
		log.Debug("request not answered", "method", r.Method, "route", r.Pattern, "reference", reference, "error", redact.Paths(err))
	} else {
		log.Error("request not answered", "method", r.Method, "route", r.Pattern, "reference", reference, "error", redact.Paths(err))
	}
	return what + ": the agent's log says why, with the reference " + reference
}

// NotAnswered is what a fault is called where nothing more is known.
const NotAnswered = "the agent could not answer this"
