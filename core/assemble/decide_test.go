package assemble

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestSuperseded(t *testing.T) {
	by := run.Content{Arrival: "by", Seq: 5, Sender: run.Sender{CallingAE: "CT1", CalledAE: "A", Address: "10.0.0.7"}, Studies: []dcm.UID{"1", "", "2"}}
	tests := []struct {
		name string
		old  run.Content
		want bool
	}{
		{"a study in common", run.Content{Seq: 4, Sender: by.Sender, Studies: []dcm.UID{"3", "2"}}, true},
		{"sent to another AE title of ours", run.Content{Seq: 4, Sender: run.Sender{CallingAE: "CT1", CalledAE: "B", Address: "10.0.0.7"}, Studies: []dcm.UID{"1"}}, true},
		{"no study in common", run.Content{Seq: 4, Sender: by.Sender, Studies: []dcm.UID{"3"}}, false},
		{"neither names a study", run.Content{Seq: 4, Sender: by.Sender, Studies: []dcm.UID{""}}, false},
		{"no objects", run.Content{Seq: 4, Sender: by.Sender}, false},
		{"newer", run.Content{Seq: 6, Sender: by.Sender, Studies: []dcm.UID{"1"}}, false},
		{"another AE title", run.Content{Seq: 4, Sender: run.Sender{CallingAE: "CT2", Address: "10.0.0.7"}, Studies: []dcm.UID{"1"}}, false},
		{"another address", run.Content{Seq: 4, Sender: run.Sender{CallingAE: "CT1", Address: "10.0.0.8"}, Studies: []dcm.UID{"1"}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.old.Arrival = "old"
			var want []run.Superseding
			if test.want {
				want = []run.Superseding{{Arrival: "old", Reason: "sent again as by"}}
			}
			if diff := cmp.Diff(want, superseded(by, []run.Content{test.old})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
