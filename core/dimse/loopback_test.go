package dimse_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// Our user and our provider, over a real connection, with every relation of
// maximum lengths and object sizes.
func TestStoreArrivesAsSent(t *testing.T) {
	sizes := []int64{2, 4094, 16 << 10, 256<<10 - 12, 256 << 10, 1<<20 + 2}
	for _, maxPDU := range []int{8, 1000, 4096, 16384, 1 << 20} {
		t.Run(fmt.Sprintf("provider takes %d", maxPDU), func(t *testing.T) {
			r := newRecorder()
			addr := serve(t, &dimse.Server{NewSession: r.NewSession, MaxPDU: maxPDU})
			c := dial(t, &dimse.Dialer{CallingAE: "SCU", CalledAE: "SCP", MaxPDU: 10}, addr, storage())
			var want []stored
			for i, size := range sizes {
				if maxPDU < 1000 && size > 16<<10 {
					break // a fragment of two bytes each takes its time
				}
				status, err := c.Store(t.Context(), message(i, size))
				if err != nil || !status.Success() {
					t.Fatalf("object of %d bytes: %v, %v", size, status, err)
				}
				want = append(want, stored{ctImage, instance(i), dcm.ExplicitVRLittleEndian, size, sumOf(size), nil})
			}
			if err := c.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := r.end(t); err != nil {
				t.Errorf("association ended with %v, want a release", err)
			}
			if diff := cmp.Diff(want, r.taken()); diff != "" {
				t.Errorf("objects (-sent +taken):\n%s", diff)
			}
		})
	}
}

func TestEcho(t *testing.T) {
	addr := serve(t, &dimse.Server{})
	c := dial(t, &dimse.Dialer{CallingAE: "SCU", CalledAE: "SCP"}, addr, storage())
	for range 2 {
		if status, err := c.Echo(t.Context()); err != nil || !status.Success() {
			t.Fatalf("Echo = %v, %v", status, err)
		}
	}
	if c.Accepted(ctImage, dcm.ExplicitVRLittleEndian) {
		t.Error("a server without NewSession accepted a storage context")
	}
	if err := c.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}
