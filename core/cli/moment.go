package cli

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// moment is a flag: a time of RFC 3339, or how long ago, such as 90m or 7d.
type moment struct{ time.Time }

func (m *moment) String() string { return "" }

// Set implements [flag.Value].
func (m *moment) Set(text string) error {
	at, err := time.Parse(time.RFC3339, text)
	if err == nil {
		m.Time = at
		return nil
	}
	ago, err := sdk.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is neither a time such as 2026-03-01T08:00:00Z nor how long ago, such as 90m or 7d", text)
	}
	m.Time = time.Now().Add(-ago)
	return nil
}
