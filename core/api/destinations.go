package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/raddeploy/raddeploy/core/scu"
)

// Checking looks at a destination that the site names.
type Checking func(ctx context.Context, name string) (*scu.Checked, error)

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

// CheckDestination looks at a destination that the site names: whether it is
// reached, what it accepts, and what to do about what is wrong.
func (s *Server) CheckDestination(ctx context.Context, name string) (DestinationCheck, error) {
	checked, err := s.from.Check(ctx, name)
	if err != nil {
		return DestinationCheck{}, err
	}
	c := DestinationCheck{ID: name, State: "ok", Steps: []Step{}, Accepts: []Accepted{}}
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
