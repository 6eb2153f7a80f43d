package spool

import (
	"bytes"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Two objects are the same if their data sets are, whoever sent them.
func TestSame(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	keep := func(sender dcm.AETitle, dataset []byte) string {
		t.Helper()
		folder, err := s.Folder(run.NewArrivalID())
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		file, err := folder.Create()
		if err != nil {
			t.Fatal(err)
		}
		meta := dcm.FileMeta{SOPClass: "1.2", SOPInstance: "1.2.3", TransferSyntax: dcm.ExplicitVRLittleEndian, Sender: sender}
		if err := file.Begin(meta); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(dataset); err != nil {
			t.Fatal(err)
		}
		if err := file.Keep(); err != nil {
			t.Fatal(err)
		}
		return file.Name
	}
	// longer than what is compared at once
	one := append([]byte("\x08\x00\x60\x00CS\x02\x00CT\x09\x00\x10\x00OB\x00\x00\x00\x00\x04\x00"), bytes.Repeat([]byte{7}, 1<<18)...)
	other := bytes.Clone(one)
	other[len(other)-1]++
	a := keep("CT1", one)
	for _, test := range []struct {
		name    string
		dataset []byte
		want    bool
	}{
		{"from another sender", one, true}, {"last byte differs", other, false}, {"one more", append(bytes.Clone(one), 7), false}, {"one less", one[:len(one)-1], false},
	} {
		if got, err := s.Same(a, keep("CT22", test.dataset)); got != test.want || err != nil {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
	if same, err := s.Same(a, "gone/1.dcm"); same || err == nil {
		t.Errorf("a file that is gone: %v, %v", same, err)
	}
}
