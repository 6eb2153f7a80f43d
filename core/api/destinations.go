package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/raddeploy/raddeploy/core/scu"
)

// CheckDestination looks at a destination that the site names.
type CheckDestination func(ctx context.Context, name string) (*scu.Checked, error)

// DestinationCheck is what a destination showed of itself.
type DestinationCheck struct {
	ID      string     `json:"id"`    // its name
	State   string     `json:"state"` // ok or failed
	Steps   []Step     `json:"steps"`
	Accepts []Accepted `json:"accepts"`
}

// Step is one thing that was tried.
type Step struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
}

// Accepted is a SOP class, and in which transfer syntaxes a destination takes it.
type Accepted struct {
	SOPClassUID      string   `json:"sop_class_uid"`
	SOPClass         string   `json:"sop_class"`
	TransferSyntaxes []string `json:"transfer_syntaxes"`
}

func (s *Server) checkDestination(r *http.Request) (any, error) {
	checked, err := s.Check(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	c := DestinationCheck{ID: r.PathValue("name"), State: "ok", Steps: []Step{}, Accepts: []Accepted{}}
	if !checked.OK() {
		c.State = "failed"
	}
	for _, step := range checked.Steps {
		c.Steps = append(c.Steps, Step(step))
	}
	for _, a := range checked.Accepts {
		shown := Accepted{SOPClassUID: string(a.SOPClass), SOPClass: a.SOPClass.Name(), TransferSyntaxes: []string{}}
		for _, syntax := range a.TransferSyntaxes {
			shown.TransferSyntaxes = append(shown.TransferSyntaxes, syntax.Name())
		}
		c.Accepts = append(c.Accepts, shown)
	}
	return c, nil
}

// CheckDestination has the agent look at a destination that its site names.
func (c *Client) CheckDestination(ctx context.Context, name string) (checked DestinationCheck, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/destinations/"+url.PathEscape(name)+"/check", &checked)
	return checked, err
}
