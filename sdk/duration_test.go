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

func TestFormatDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"30m": 30 * time.Minute, "168h": 7 * 24 * time.Hour, "1h5m": 65 * time.Minute, "1h0m5s": time.Hour + 5*time.Second, "1.5s": 1500 * time.Millisecond, "0s": 0,
	} {
		got := FormatDuration(d)
		if again, err := ParseDuration(got); got != want || err != nil || again != d {
			t.Errorf("%v: %s, want %s, which is read as %v, %v", d, got, want, again, err)
		}
	}
}
