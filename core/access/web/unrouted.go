package web

import (
	"net/http"
	"strings"
)

// routed answers by a mux. What it has no route for is refused as everything else is.
func routed(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	if _, pattern := mux.Handler(r); pattern == "" {
		w = &unrouted{ResponseWriter: w, request: r}
	}
	mux.ServeHTTP(w, r)
}

// unrouted is how a mux answers what it has no route for: its text is replaced.
type unrouted struct {
	http.ResponseWriter
	request *http.Request
	refused bool
}

// WriteHeader implements [http.ResponseWriter]. A redirect goes as it is.
func (u *unrouted) WriteHeader(code int) {
	detail := "there is nothing at this path: /v1/openapi.json lists what there is"
	switch code {
	case http.StatusNotFound:
	case http.StatusMethodNotAllowed:
		detail = "this path takes " + strings.ReplaceAll(u.Header().Get("Allow"), ", ", " and ")
	default:
		u.ResponseWriter.WriteHeader(code)
		return
	}
	u.refused = true
	Refuse(u.ResponseWriter, u.request, code, detail)
}

// Write implements [http.ResponseWriter].
func (u *unrouted) Write(text []byte) (int, error) {
	if u.refused {
		return len(text), nil
	}
	return u.ResponseWriter.Write(text)
}
