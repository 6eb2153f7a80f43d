package web

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Problem is how an error is answered to programs (RFC 9457). Detail is the whole
// sentence that the command line and pages show.
type Problem struct {
	Title  string `json:"title"` // of the status
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// ProblemType is the media type of a problem.
const ProblemType = "application/problem+json"

// Refuse answers a request with an error: programs as a [Problem], others as text.
func Refuse(w http.ResponseWriter, r *http.Request, code int, detail string) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		http.Error(w, detail, code)
		return
	}
	w.Header().Set("Content-Type", ProblemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(Problem{http.StatusText(code), code, detail}) // nobody is there to be told
}
