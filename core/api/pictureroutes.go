package api

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/state"
)

// pictureRoutes are those of pictures.
func (s *Server) pictureRoutes(mux *web.Mux) {
	handle := mux.HandleFunc
	handle("GET /v1/arrivals/{id}/pictures", s.answer(func(r *http.Request) (any, error) { return s.ArrivalPictures(r.Context(), r.PathValue("id")) }))
	handle("GET /v1/runs/{id}/pictures", s.answer(func(r *http.Request) (any, error) { return s.RunPictures(r.Context(), r.PathValue("id")) }))
	handle("GET /v1/arrivals/{id}/pictures/{series}/{slice}", s.picture(s.ArrivalPicture))
	handle("GET /v1/runs/{id}/pictures/{series}/{slice}", s.picture(s.RunPicture))
}

// picture answers with a picture.
func (s *Server) picture(draw func(context.Context, string, PictureQuery) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := pictureQuery(r)
		var drawn []byte
		if err == nil {
			drawn, err = draw(r.Context(), r.PathValue("id"), q)
		}
		var cannot *picture.CannotError
		switch {
		case err == nil:
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(drawn) // who asked may be gone
		case r.Context().Err() != nil: // nobody is there to be told
		case errors.As(err, &cannot) && asImage(r):
			placeholder(w, cannot)
		default:
			s.refuse(w, r, err)
		}
	}
}

func pictureQuery(r *http.Request) (q PictureQuery, err error) {
	asked := &values{from: r.URL.Query()}
	q.Window = asked.text("window")
	for _, text := range asked.words("over") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return q, &badRequest{"over is not the number of what can be drawn over the series"}
		}
		if n != 0 { // 0 stands for nothing
			q.Over = append(q.Over, n)
		}
	}
	var wrong error
	q.Series, wrong = strconv.Atoi(r.PathValue("series"))
	if wrong == nil {
		q.Slice, wrong = strconv.Atoi(r.PathValue("slice"))
	}
	if wrong != nil {
		return q, fmt.Errorf("picture %s of series %s: %w", strconv.Quote(r.PathValue("slice")), strconv.Quote(r.PathValue("series")), state.ErrNotFound)
	}
	return q, asked.end()
}

// asImage reports whether who asks shows whatever image comes, as a browser does in a
// page.
func asImage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "image/svg+xml")
}

// placeholder answers with a picture of why there is none.
func placeholder(w http.ResponseWriter, why error) {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"><rect width="512" height="512" fill="#20262e"/>` +
		`<g fill="#e6eaf0" font-family="sans-serif" font-size="16">`)
	for i, line := range wrapped(why.Error(), 54) {
		fmt.Fprintf(&b, `<text x="32" y="%d">%s</text>`, 64+24*i, template.HTMLEscapeString(line))
	}
	b.WriteString("</g></svg>")
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write([]byte(b.String())) // who asked may be gone
}

// wrapped is a text in lines of so many characters, and of no more than fit.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	lines = append(lines, line)
	return lines[:min(len(lines), 16)]
}
