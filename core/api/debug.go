package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"

	"github.com/raddeploy/raddeploy/core/state"
)

// Debug is what a bug report needs of an agent and nothing else shows. Nothing in it is a
// value of a row or of an object.
type Debug struct {
	Version    string    `json:"version"`
	Go         string    `json:"go"`
	Log        []string  `json:"log"`        // the last lines that the agent logged, the oldest first
	Goroutines string    `json:"goroutines"` // where each of them is
	Database   *Database `json:"database,omitempty"`
	Problem    string    `json:"problem,omitempty"` // why there is no database in it
}

// Database is how a state database is.
type Database struct {
	Version int              `json:"version"` // of its schema
	Bytes   uint64           `json:"bytes"`
	Faults  []string         `json:"faults"`
	Rows    map[string]int64 `json:"rows"` // by table
	Schema  []string         `json:"schema"`
}

// DatabaseOf is a database as the interface shows it.
func DatabaseOf(r state.Report) *Database {
	d := &Database{Version: r.Version, Bytes: r.Bytes, Faults: []string{}, Rows: r.Rows, Schema: r.Schema}
	d.Faults = append(d.Faults, r.Faults...)
	return d
}

// Debug looks at the agent from inside. It reads the whole database.
func (s *Server) Debug(ctx context.Context) Debug {
	d := Debug{Version: s.from.Agent.Version, Go: runtime.Version(), Log: []string{}}
	if s.from.Recent != nil {
		d.Log = append(d.Log, s.from.Recent()...)
	}
	var stacks strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err == nil {
		d.Goroutines = stacks.String()
	}
	report, err := s.from.DB.Report(ctx)
	if err != nil {
		d.Problem = err.Error()
		return d
	}
	d.Database = DatabaseOf(report)
	return d
}

// Debug asks the agent for what a bug report needs of it.
func (c *Client) Debug(ctx context.Context) (d Debug, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/debug", &d)
	return d, err
}

// Metrics reads what Prometheus reads.
func (c *Client) Metrics(ctx context.Context) (string, error) {
	body, err := c.open(ctx, "/metrics")
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return "", fmt.Errorf("read metrics: %w", err)
	}
	return string(text), nil
}
