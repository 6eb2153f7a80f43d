package assemble

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// holding is objects with ids from 1 on, each told by its series and SOP
// instance.
func holding(objects ...[2]dcm.UID) []run.Kept {
	var all []run.Kept
	for i, o := range objects {
		all = append(all, run.Kept{ID: int64(i + 1), Series: o[0], Instance: o[1]})
	}
	return all
}

func TestSuperseded(t *testing.T) {
	by := run.Content{Arrival: "by", Seq: 5, Sender: run.Sender{CallingAE: "CT1", CalledAE: "A", Address: "10.0.0.7"}}
	sent := holding([2]dcm.UID{"s1", "1"}, [2]dcm.UID{"", "2"}, [2]dcm.UID{"s2", ""}, [2]dcm.UID{"", ""})
	all := &run.Superseding{Arrival: "old", Reason: "sent again as by"}
	part := func(reason string, ids ...int64) *run.Superseding {
		return &run.Superseding{Arrival: "old", Reason: "EOF; " + reason + " objects sent again as by", Part: ids}
	}
	tests := []struct {
		name string
		old  run.Incomplete
		want *run.Superseding // nil: it stays as it is
	}{
		{"the same series", run.Incomplete{Kept: holding([2]dcm.UID{"s1", "8"}, [2]dcm.UID{"s2", "9"})}, all},
		{"the same instances", run.Incomplete{Kept: holding([2]dcm.UID{"s1", "1"})}, all},
		{"the same instance in another series", run.Incomplete{Kept: holding([2]dcm.UID{"s3", "1"})}, all},
		{"the same instance without a series", run.Incomplete{Kept: holding([2]dcm.UID{"", "2"})}, all},
		{"a series that names no instances", run.Incomplete{Kept: holding([2]dcm.UID{"s1", ""})}, all},
		{"to another AE title of ours", run.Incomplete{Sender: run.Sender{CallingAE: "CT1", CalledAE: "B", Address: "10.0.0.7"}, Kept: holding([2]dcm.UID{"s1", "1"})}, all},

		{"one of two series", run.Incomplete{Kept: holding([2]dcm.UID{"s3", "7"}, [2]dcm.UID{"s1", "8"}, [2]dcm.UID{"s3", "9"})}, part("1 of 3", 2)},
		{"an instance in another series, and the rest of that", run.Incomplete{Kept: holding([2]dcm.UID{"s3", "1"}, [2]dcm.UID{"s3", "9"})}, part("1 of 2", 1)},
		{"a series, and objects without one", run.Incomplete{Kept: holding([2]dcm.UID{"s1", "7"}, [2]dcm.UID{"s2", "8"}, [2]dcm.UID{"", "9"})}, part("2 of 3", 1, 2)},

		{"another series", run.Incomplete{Kept: holding([2]dcm.UID{"s3", "9"})}, nil},
		{"another instance without a series", run.Incomplete{Kept: holding([2]dcm.UID{"", "9"})}, nil},
		{"neither names anything", run.Incomplete{Kept: holding([2]dcm.UID{"", ""})}, nil},
		{"a series named like an instance", run.Incomplete{Kept: holding([2]dcm.UID{"1", "s1"})}, nil},
		{"no objects", run.Incomplete{}, nil},
		{"newer", run.Incomplete{Seq: 6, Kept: holding([2]dcm.UID{"s1", "1"})}, nil},
		{"itself", run.Incomplete{Seq: 5, Kept: holding([2]dcm.UID{"s1", "1"})}, nil},
		{"another AE title", run.Incomplete{Sender: run.Sender{CallingAE: "CT2", CalledAE: "A", Address: "10.0.0.7"}, Kept: holding([2]dcm.UID{"s1", "1"})}, nil},
		{"another address", run.Incomplete{Sender: run.Sender{CallingAE: "CT1", CalledAE: "A", Address: "10.0.0.8"}, Kept: holding([2]dcm.UID{"s1", "1"})}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.old.Arrival, test.old.Reason = "old", "EOF"
			if test.old.Seq == 0 {
				test.old.Seq = 4
			}
			if test.old.Sender == (run.Sender{}) {
				test.old.Sender = by.Sender
			}
			var want []run.Superseding
			if test.want != nil {
				want = []run.Superseding{*test.want}
			}
			got := superseded(by, run.Tries{Sent: sent, Before: []run.Incomplete{test.old}})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSeveralAreSupersededOldestFirst(t *testing.T) {
	by := run.Content{Arrival: "by", Seq: 5}
	before := []run.Incomplete{
		{Arrival: "a", Seq: 1, Kept: holding([2]dcm.UID{"s1", "1"})},
		{Arrival: "b", Seq: 2, Kept: holding([2]dcm.UID{"s2", "2"})},
		{Arrival: "c", Seq: 3, Reason: "EOF", Kept: holding([2]dcm.UID{"s2", "3"}, [2]dcm.UID{"s1", "4"})},
		{Arrival: "d", Seq: 6, Kept: holding([2]dcm.UID{"s1", "1"})},
	}
	want := []run.Superseding{
		{Arrival: "a", Reason: "sent again as by"},
		{Arrival: "c", Reason: "EOF; 1 of 2 objects sent again as by", Part: []int64{2}},
	}
	got := superseded(by, run.Tries{Sent: holding([2]dcm.UID{"s1", "1"}), Before: before})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
