package sdk

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"90": 90 * time.Second, "1.5": 1500 * time.Millisecond, "1e3": 1000 * time.Second, "0": 0, "-5": -5 * time.Second,
		"30m": 30 * time.Minute, "1h30m": 90 * time.Minute, "-5m": -5 * time.Minute, "90d": 90 * day, "0.5d": 12 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "soon", "nan", "inf", "infd", "0x10", "1_000", "1e300", "300000d", "1d12h", " 5", "5 m"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}
