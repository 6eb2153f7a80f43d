package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// search makes a handler of a list whose parameters are in the body of a request,
// as an object of JSON: what is known of patients belongs into no URL, since those
// stand in the logs of proxies and the histories of browsers.
func search[Q, T any](s *Server, query func(*values) Q, do func(context.Context, Q) (Page[T], error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, err := bodyValues(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		listOf(s, w, r, &values{from: from, private: true}, query, do)
	}
}

// bodyValues are the fields of a request's body, like the parameters of a URL.
func bodyValues(r *http.Request) (url.Values, error) {
	body := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10))
	body.UseNumber()
	fields := map[string]any{}
	if err := body.Decode(&fields); err != nil && !errors.Is(err, io.EOF) {
		return nil, &badRequest{"search: the body is not an object of JSON"}
	}
	from := url.Values{}
	for name, field := range fields {
		many, ok := field.([]any)
		if !ok {
			many = []any{field}
		}
		for _, one := range many {
			switch one.(type) {
			case string, json.Number:
				from.Add(name, fmt.Sprint(one))
			default:
				return nil, &badRequest{fmt.Sprintf("search: %s is neither a text nor a number, nor a list of them", name)}
			}
		}
	}
	return from, nil
}

// patient is a parameter that says something of a patient.
func (v *values) patient(name string) string {
	if !v.private && v.from.Has(name) {
		v.complain("%s is patient data and belongs into no URL: POST it to /v1/runs/search, as the field of an object of JSON", name)
	}
	return v.text(name)
}

// searchBody is what a query asks for, as the body of a search.
func (q RunQuery) searchBody() ([]byte, error) {
	fields := map[string]any{}
	for name, all := range q.values() {
		fields[name] = all[0]
	}
	if len(q.States) > 0 {
		fields["state"] = q.States
	}
	if q.Limit > 0 {
		fields["limit"] = q.Limit
	}
	for name, text := range map[string]string{"patient": q.Patient, "accession": q.Accession, "study_date": q.StudyDate} {
		if text != "" {
			fields[name] = text
		}
	}
	return json.Marshal(fields)
}
