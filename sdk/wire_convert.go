package sdk

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The enumerations of the contract have the same numbers in Go and on the wire;
// 0 is "unspecified" there. A test compares them.

// convert maps a slice; nil stays nil.
func convert[From, To any](from []From, each func(From) To) []To {
	if from == nil {
		return nil
	}
	to := make([]To, len(from))
	for i := range from {
		to[i] = each(from[i])
	}
	return to
}

// text makes a string fit for the wire, which takes only valid UTF-8. Backends'
// messages are not always.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func timeToWire(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func timeFromWire(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func durationToWire(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}

func durationFromWire(d *durationpb.Duration) time.Duration { return d.AsDuration() }
