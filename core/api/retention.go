package api

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/sdk"
)

// Retaining says what goes when; [retain.Retainer] does.
type Retaining interface {
	Forecast(ctx context.Context, most int) (retain.Forecast, error)
}

// Forecast is what retention would remove, and when.
type Forecast struct {
	Files    string     `json:"files"` // how long each kind is kept, such as "168h"
	Logs     string     `json:"logs"`
	Runs     string     `json:"runs"`
	FilesMin string     `json:"files_min"`
	Reserve  uint64     `json:"reserve_bytes"`
	Free     uint64     `json:"free_bytes"`     // of the disk
	Short    bool       `json:"short"`          // the disk is within twice the reserve: files go before their age
	From     *time.Time `json:"from,omitempty"` // nothing goes before, since this version was just started for the first time
	Going    []Going    `json:"going"`          // what goes next comes first, what is needed comes last
}

// Going is an arrival or a run of which something will go.
type Going struct {
	ID    string     `json:"id"`
	State string     `json:"state"`
	Kind  string     `json:"kind"` // "arrival" or "run"
	Ended *time.Time `json:"ended,omitempty"`
	Bytes int64      `json:"bytes,omitempty"` // of the objects of an arrival
	// When files, logs and rows go, or went.
	FilesDue     *time.Time `json:"files_due,omitempty"`
	FilesRemoved *time.Time `json:"files_removed,omitempty"`
	LogsDue      *time.Time `json:"logs_due,omitempty"`
	LogsRemoved  *time.Time `json:"logs_removed,omitempty"`
	RowsDue      *time.Time `json:"rows_due,omitempty"`
	// Why says what needs it, or why some of its files cannot be removed.
	Why string `json:"why,omitempty"`
}

// Retention says of up to most things what goes next, and when; 0: of 200.
func (s *Server) Retention(ctx context.Context, most int) (Forecast, error) {
	f, err := s.from.Retention.Forecast(ctx, Paging{Limit: most}.limit())
	if err != nil {
		return Forecast{}, err
	}
	return Forecast{
		Files:    sdk.FormatDuration(f.Limits.Files),
		Logs:     sdk.FormatDuration(f.Limits.Logs),
		Runs:     sdk.FormatDuration(f.Limits.Runs),
		FilesMin: sdk.FormatDuration(f.Limits.FilesMin),
		Reserve:  f.Reserve,
		Free:     f.Free,
		Short:    f.Short,
		From:     when(f.From),
		Going:    convert(f.Going, goingOf),
	}, nil
}

func goingOf(g retain.Going) Going {
	return Going{
		ID:           g.ID,
		State:        g.State,
		Kind:         g.Kind,
		Ended:        when(g.Ended),
		Bytes:        g.Bytes,
		FilesDue:     due(g.Files),
		FilesRemoved: when(g.Files.Removed),
		LogsDue:      due(g.Logs),
		LogsRemoved:  when(g.Logs.Removed),
		RowsDue:      due(g.Rows),
		Why:          g.Why,
	}
}

// due is when something goes that is there.
func due(f retain.Fate) *time.Time {
	if !f.Removed.IsZero() {
		return nil
	}
	return when(f.Due)
}

// Retention says of up to most things what goes next, and when; 0: of 200.
func (c *Client) Retention(ctx context.Context, most int) (f Forecast, err error) {
	err = c.get(ctx, "/v1/retention?"+Paging{Limit: most}.values().Encode(), &f)
	return f, err
}
