package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// element is a text element in explicit VR little endian (PS3.5 §7.1.2).
func element(tag dcm.Tag, vr, value string) []byte {
	if len(value)%2 == 1 {
		value += " "
	}
	b := binary.LittleEndian.AppendUint16(nil, tag.Group())
	b = binary.LittleEndian.AppendUint16(b, tag.Element())
	b = append(b, vr...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

func dataset() []byte {
	return bytes.Join([][]byte{
		element(dcm.Modality, "CS", "CT"),
		element(dcm.PatientName, "PN", "Doe^Jane"),
		element(dcm.PatientID, "LO", "123456"),
		element(dcm.StudyInstanceUID, "UI", "1.2.3\x00"),
		element(dcm.SeriesInstanceUID, "UI", "1.2.3.4\x00"),
	}, nil)
}

func begin(t *testing.T, folder *Folder, instance dcm.UID, content []byte) *File {
	t.Helper()
	file, err := folder.Create()
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Begin(dcm.FileMeta{SOPClass: "1.2.840.10008.5.1.4.1.1.2", SOPInstance: instance, TransferSyntax: dcm.ExplicitVRLittleEndian, Sender: "CT1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	return file
}

// After a crash, exactly the objects that were kept are found; what was only
// begun, torn or damaged is removed.
func TestRecover(t *testing.T) {
	spool, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	arrival := run.NewArrivalID()
	folder, err := spool.Folder(arrival)
	if err != nil {
		t.Fatal(err)
	}
	for _, instance := range []dcm.UID{"1.1", "1.2", "1.3", "1.4"} {
		if err := begin(t, folder, instance, dataset()).Keep(); err != nil {
			t.Fatal(err)
		}
	}
	begun := begin(t, folder, "1.5", dataset())
	begun.file.Close() // as a crash does
	damage(t, spool.Path(string(arrival)+"/000003.dcm"), func(b []byte) []byte { return b[:len(b)-1] })
	damage(t, spool.Path(string(arrival)+"/000004.dcm"), func(b []byte) []byte { b[len(b)-1] ^= 1; return b })

	objects, err := spool.Recover(arrival, func(file string) bool { return file == string(arrival)+"/000001.dcm" })
	if err != nil {
		t.Fatal(err)
	}
	for i := range objects {
		objects[i].Received = objects[i].Received.UTC().Truncate(0)
		if objects[i].Received.IsZero() {
			t.Error("an object without a time")
		}
		objects[i].Received = run.Object{}.Received
	}
	want := []run.Object{{
		File:              string(arrival) + "/000002.dcm",
		SOPClassUID:       "1.2.840.10008.5.1.4.1.1.2",
		SOPInstanceUID:    "1.2",
		TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
		StudyUID:          "1.2.3",
		SeriesUID:         "1.2.3.4",
		Modality:          "CT",
		Patient:           "1234 DJ",
		Size:              int64(len(dataset())),
	}}
	if diff := cmp.Diff(want, objects); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	left, err := filepath.Glob(spool.Path(string(arrival) + "/*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left are %v, %v; want the known and the whole object", left, err)
	}
}

// An object may have been sealed by an agent that was killed before it was on stable
// storage. It is there before it is recovered, and else it is none yet.
func TestRecoveredObjectsAreOnStableStorage(t *testing.T) {
	spool, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	arrival := run.NewArrivalID()
	folder, err := spool.Folder(arrival)
	if err != nil {
		t.Fatal(err)
	}
	for _, instance := range []dcm.UID{"1.1", "1.2"} {
		if err := begin(t, folder, instance, dataset()).Keep(); err != nil {
			t.Fatal(err)
		}
	}
	var synced []string
	spool.sync = func(f *os.File) error {
		synced = append(synced, filepath.Base(f.Name()))
		if len(synced) == 2 {
			return syscall.EIO
		}
		return f.Sync()
	}
	objects, err := spool.Recover(arrival, func(string) bool { return false })
	if len(objects) != 1 || !errors.Is(err, syscall.EIO) {
		t.Errorf("%d objects, %v", len(objects), err)
	}
	if diff := cmp.Diff([]string{"000001.dcm", "000002.dcm"}, synced); diff != "" {
		t.Errorf("synced (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(spool.Path(string(arrival) + "/000002.dcm")); err != nil {
		t.Errorf("the other one is gone: %v", err)
	}
}

func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDrop(t *testing.T) {
	spool, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	arrival := run.NewArrivalID()
	folder, err := spool.Folder(arrival)
	if err != nil {
		t.Fatal(err)
	}
	if err := begin(t, folder, "1.1", dataset()).Drop(); err != nil {
		t.Fatal(err)
	}
	file := begin(t, folder, "1.2", dataset())
	if err := file.Keep(); err != nil {
		t.Fatal(err)
	}
	if file.Name != string(arrival)+"/000002.dcm" {
		t.Errorf("the file is %s: a name is never used again", file.Name)
	}
	if _, err := os.Stat(spool.Path(string(arrival) + "/000001.dcm")); !os.IsNotExist(err) {
		t.Errorf("a dropped file is still there: %v", err)
	}
	if objects, err := spool.Recover(run.NewArrivalID(), nil); err != nil || objects != nil {
		t.Errorf("an arrival without a folder: got %v, %v", objects, err)
	}
	if _, err := spool.Folder(arrival); !os.IsExist(err) {
		t.Errorf("a second folder for one arrival: got %v, want %v", err, fs.ErrExist)
	}
}

func TestPatientTag(t *testing.T) {
	for _, test := range []struct{ id, name, want string }{
		{"123456", "Doe^Jane", "1234 DJ"},
		{"12", "Doe^Jane^^Dr", "12 DJD"},
		{"123456", "", "1234"},
		{"", "Yamada^Tarou=山田^太郎", "YT"},
		{"ÄÖÜßé", "Müller", "ÄÖÜß M"},
	} {
		content := append(element(dcm.SpecificCharacterSet, "CS", "ISO_IR 192"), element(dcm.PatientName, "PN", test.name)...)
		header, err := dcm.ScanDataset(bytes.NewReader(append(content, element(dcm.PatientID, "LO", test.id)...)), dcm.ExplicitVRLittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		var o run.Object
		if Identify(&o, header); o.Patient != test.want {
			t.Errorf("id %q, name %q: got %q, want %q", test.id, test.name, o.Patient, test.want)
		}
	}
}
