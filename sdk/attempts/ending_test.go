package attempts

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func TestEndingWithAFurtherRequest(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, test := range map[string]struct {
		after, grace, want time.Duration // after the first request, of a minute
	}{
		"a longer one":                  {time.Second, time.Hour, time.Minute},
		"a shorter one":                 {10 * time.Second, 20 * time.Second, 30 * time.Second},
		"at once":                       {10 * time.Second, 0, 10 * time.Second},
		"a shorter one that ends later": {50 * time.Second, 20 * time.Second, time.Minute},
	} {
		first := &Ending{Reason: sdk.Stopped, At: at, Grace: time.Minute, Told: true}
		got := first.With(&Ending{Reason: sdk.TimedOut, At: at.Add(test.after), Grace: test.grace})
		if want := (Ending{sdk.Stopped, at, test.want, true}); *got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	var none *Ending
	if got := none.With(&Ending{Reason: sdk.TimedOut, At: at}); got.Reason != sdk.TimedOut {
		t.Errorf("the first: %+v", got)
	}
}
