package testenv

import (
	"cmp"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// What every [Object] says of its patient.
const (
	PatientName      = "Geheimnis^Quintessa"
	PatientID        = "QX-7731-PRIVATE"
	StudyDescription = "Confidential follow-up"
)

// SOP classes of objects.
const (
	CT dcm.UID = "1.2.840.10008.5.1.4.1.1.2"
	MR dcm.UID = "1.2.840.10008.5.1.4.1.1.4"
)

// Object is a small DICOM object in explicit VR little endian. What is left out
// is that of a CT image in a series of its own.
type Object struct {
	Class             dcm.UID
	Instance          dcm.UID
	Study             dcm.UID
	Series            dcm.UID
	Modality          string
	StudyDescription  string
	SeriesDescription string
	Pixels            []byte
}

// filled is the object with everything that was left out.
func (o Object) filled() Object {
	for _, uid := range []*dcm.UID{&o.Instance, &o.Study, &o.Series} {
		*uid = cmp.Or(*uid, dcm.NewUID())
	}
	o.Class = cmp.Or(o.Class, CT)
	o.Modality = cmp.Or(o.Modality, "CT")
	o.StudyDescription = cmp.Or(o.StudyDescription, StudyDescription)
	if o.Pixels == nil {
		o.Pixels = make([]byte, 64)
	}
	return o
}

// Dataset is the object's data set.
func (o Object) Dataset() []byte {
	o = o.filled()
	var b []byte
	for _, e := range []struct {
		tag   uint32
		vr    string
		value string
	}{
		{0x00080005, "CS", "ISO_IR 100"},
		{0x00080016, "UI", string(o.Class)},
		{0x00080018, "UI", string(o.Instance)},
		{0x00080060, "CS", o.Modality},
		{0x00081030, "LO", o.StudyDescription},
		{0x0008103E, "LO", o.SeriesDescription},
		{0x00100010, "PN", PatientName},
		{0x00100020, "LO", PatientID},
		{0x0020000D, "UI", string(o.Study)},
		{0x0020000E, "UI", string(o.Series)},
	} {
		if len(e.value)%2 == 1 {
			e.value += map[bool]string{true: "\x00", false: " "}[e.vr == "UI"]
		}
		b = appendTag(b, e.tag)
		b = append(b, e.vr...)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(e.value)))
		b = append(b, e.value...)
	}
	b = append(appendTag(b, 0x7FE00010), "OB\x00\x00"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(o.Pixels)))
	return append(b, o.Pixels...)
}

func appendTag(b []byte, tag uint32) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(tag>>16))
	return binary.LittleEndian.AppendUint16(b, uint16(tag))
}

// Write writes the objects as files into a folder of their own and returns
// their paths.
func Write(t testing.TB, objects ...Object) []string {
	t.Helper()
	dir := t.TempDir()
	paths := make([]string, len(objects))
	for i, o := range objects {
		o = o.filled()
		meta := dcm.FileMeta{SOPClass: o.Class, SOPInstance: o.Instance, TransferSyntax: dcm.ExplicitVRLittleEndian}
		file, err := meta.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		paths[i] = filepath.Join(dir, string(o.Instance)+".dcm")
		if err := os.WriteFile(paths[i], append(file, o.Dataset()...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// Series is a series of CT images, each with pixels of its own.
func Series(images int) []Object {
	study, series := dcm.NewUID(), dcm.NewUID()
	objects := make([]Object, images)
	for i := range objects {
		pixels := binary.LittleEndian.AppendUint32(make([]byte, 60), uint32(i))
		objects[i] = Object{Study: study, Series: series, Pixels: pixels}.filled()
	}
	return objects
}
