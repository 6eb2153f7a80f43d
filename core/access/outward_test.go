package access

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// What the site says of a destination counts by its name, and for a flow's own
// host and port too.
func TestDialer(t *testing.T) {
	secured := &config.ClientTLS{ServerName: "pacs.example.org"}
	site := config.Destinations{
		{Name: "pacs", Host: "pacs", Port: 2762, AETitle: "PACS", TLS: secured, CallingAE: "US_THERE", Timeout: time.Second, ConnectTimeout: 2 * time.Second,
			ReleaseTimeout: 3 * time.Second, MaxPDU: 65536, Associations: 4},
		{Name: "second", Host: "pacs", Port: 2762, AETitle: "SECOND", CallingAE: "SECOND_US", Associations: 2},
		{Name: "plain", Host: "other", Port: 104, AETitle: "OTHER"},
	}
	outward := Outward{CallingAE: "US", SourcePort: 10005, Destinations: func() config.Destinations { return site }}
	type dialled struct {
		Calling, Called          dcm.AETitle
		Secured                  bool
		Connect, Answer, Release time.Duration
		MaxPDU, Associations     int
	}
	pacs := dialled{"US_THERE", "PACS", true, 2 * time.Second, time.Second, 3 * time.Second, 65536, 4}
	another := pacs
	another.Called = "ANOTHER"
	for name, test := range map[string]struct {
		to   run.Destination
		want dialled
	}{
		"by name":                          {site[0].ForRuns(), pacs},
		"host, port and title of a flow":   {run.Destination{Host: "pacs", Port: 2762, AETitle: "PACS"}, pacs},
		"in other letters":                 {run.Destination{Host: "PACS", Port: 2762, AETitle: "PACS"}, pacs},
		"another title there":              {run.Destination{Host: "pacs", Port: 2762, AETitle: "ANOTHER"}, another},
		"the second title there":           {run.Destination{Host: "pacs", Port: 2762, AETitle: "SECOND"}, dialled{Calling: "SECOND_US", Called: "SECOND", Associations: 2}},
		"another port":                     {run.Destination{Host: "pacs", Port: 104, AETitle: "PACS"}, dialled{Calling: "US", Called: "PACS"}},
		"a destination that says nothing":  {site[2].ForRuns(), dialled{Calling: "US", Called: "OTHER"}},
		"a sender that results go back to": {run.Destination{Host: "10.0.0.1", Port: 104, AETitle: "CT1"}, dialled{Calling: "US", Called: "CT1"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, known, err := outward.Dialer(test.to)
			if err != nil {
				t.Fatal(err)
			}
			got := dialled{d.CallingAE, d.CalledAE, d.TLS != nil, d.Timeout, d.ResponseTimeout, d.ReleaseTimeout, d.MaxPDU, known.Associations}
			if diff := cmp.Diff(test.want, got); diff != "" || d.SourcePort != 10005 {
				t.Errorf("from port %d, -want +got:\n%s", d.SourcePort, diff)
			}
		})
	}
	if _, _, err := outward.Dialer(run.Destination{Name: "renamed", Host: "pacs", Port: 2762}); err == nil {
		t.Error("a name that the site no longer has was dialled")
	}
}
