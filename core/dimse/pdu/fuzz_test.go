package pdu_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// FuzzRead reads what may be a PDU. What is one survives being written and read
// again.
func FuzzRead(f *testing.F) {
	for _, p := range samples() {
		f.Add(p.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := pdu.Read(bytes.NewReader(b), maxData)
		if err != nil {
			return
		}
		second, err := pdu.Read(bytes.NewReader(first.Append(nil)), 2*maxData)
		if err != nil {
			t.Fatalf("read again: %v", err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}
