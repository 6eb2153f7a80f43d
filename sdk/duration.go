package sdk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a number of seconds, a number of days such as "90d", or
// what [time.ParseDuration] takes, such as "1m30s".
func ParseDuration(text string) (time.Duration, error) {
	number, unit := text, time.Second
	if days, ok := strings.CutSuffix(text, "d"); ok {
		number, unit = days, 24*time.Hour
	}
	if strings.Trim(number, "0123456789.eE+-") == "" {
		if value, err := strconv.ParseFloat(number, 64); err == nil {
			return durationOf(value, unit, text)
		}
	}
	duration, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf(`%q is not a duration: write a number of seconds, or one such as "1m30s" or "90d"`, text)
	}
	return duration, nil
}

// FormatDuration writes a duration as [ParseDuration] reads it, without the
// last units if they are zero: "30m", "1h0m5s".
func FormatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// durationOf returns so many units of time, if they fit into a duration.
func durationOf(value float64, unit time.Duration, text string) (time.Duration, error) {
	if value *= float64(unit); math.Abs(value) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a duration: it must be less than 292 years", text)
	}
	return time.Duration(value), nil
}
