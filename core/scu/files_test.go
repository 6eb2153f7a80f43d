package scu_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/scu"
)

const ctImage dcm.UID = "1.2.840.10008.5.1.4.1.1.2"

// element is one of a data set in explicit little endian.
func element(tag uint32, vr, value string) string {
	if len(value)%2 == 1 {
		value += map[bool]string{true: "\x00", false: " "}[vr == "UI"]
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
	b = binary.LittleEndian.AppendUint16(b, uint16(tag))
	b = append(b, vr...)
	if strings.Contains("OB OW SQ UN", vr) {
		b = binary.LittleEndian.AppendUint32(append(b, 0, 0), uint32(len(value)))
	} else {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	}
	return string(b) + value
}

// dataset is a small CT image; of "" nothing is said.
func dataset(class, instance dcm.UID) string {
	var b string
	if class != "" {
		b += element(0x00080016, "UI", string(class))
	}
	if instance != "" {
		b += element(0x00080018, "UI", string(instance))
	}
	return b + element(0x00080060, "CS", "CT") + element(0x7FE00010, "OW", strings.Repeat("pixels", 100))
}

// part10 is a file with file meta information.
func part10(t testing.TB, class, instance, syntax dcm.UID, data string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := dcm.WriteFileMeta(&b, dcm.FileMeta{SOPClass: class, SOPInstance: instance, TransferSyntax: syntax}); err != nil {
		t.Fatal(err)
	}
	return b.String() + data
}

func deflated(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// put writes a file of a folder of its own.
func put(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "object.dcm")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func identify(t testing.TB, path string) (scu.File, error) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return scu.Identify(path, file)
}

// identified are files that are to be sent.
func identified(t testing.TB, paths ...string) (files []scu.File) {
	t.Helper()
	for _, path := range paths {
		file, err := identify(t, path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		files = append(files, file)
	}
	return files
}

// What is announced is what the data set says, and of what it does not say, what
// the file meta information says.
func TestTheDataSetSaysWhatAFileIs(t *testing.T) {
	for name, test := range map[string]struct{ class, instance dcm.UID }{
		"both alike": {ctImage, "1.2.3"}, "another instance": {ctImage, "1.2.4"}, "another class": {"1.2.840.10008.5.1.4.1.1.4", "1.2.3"},
		"no instance": {ctImage, ""}, "no class": {"", "1.2.3"}, "neither": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := identify(t, put(t, part10(t, ctImage, "1.2.3", dcm.ExplicitVRLittleEndian, dataset(test.class, test.instance))))
			want := scu.File{Name: got.Name, SOPClassUID: ctImage, SOPInstanceUID: "1.2.3", TransferSyntaxUID: dcm.ExplicitVRLittleEndian}
			if test.class != "" {
				want.SOPClassUID = test.class
			}
			if test.instance != "" {
				want.SOPInstanceUID = test.instance
			}
			if err != nil || got != want {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		})
	}
}

// The transfer syntax that is announced is the one in which the data set is written,
// whatever the file meta information says.
func TestTheDataSetSaysHowItIsEncoded(t *testing.T) {
	const jpeg, rle, private = dcm.UID("1.2.840.10008.1.2.4.70"), dcm.UID("1.2.840.10008.1.2.5"), dcm.UID("1.2.3.4")
	explicit := dataset(ctImage, "1.2.3")
	text := strings.Split(explicit, "\xe0\x7f")[0]
	encapsulated := text + "\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + "\xfe\xff\x00\xe0\x00\x00\x00\x00" + "\xfe\xff\xdd\xe0\x00\x00\x00\x00"
	implicit, big := inImplicit(t, explicit), bigEndian(element(0x00080016, "UI", string(ctImage))+element(0x00080018, "UI", "1.2.3")+element(0x00080060, "CS", "CT"))
	for _, test := range []struct {
		name           string
		declared, want dcm.UID
		data           string
	}{
		{"explicit", dcm.ExplicitVRLittleEndian, dcm.ExplicitVRLittleEndian, explicit},
		{"implicit as explicit", dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian, implicit},
		{"explicit as implicit", dcm.ImplicitVRLittleEndian, dcm.ExplicitVRLittleEndian, explicit},
		{"big endian as explicit", dcm.ExplicitVRLittleEndian, dcm.ExplicitVRBigEndian, big},
		{"big endian as implicit", dcm.ImplicitVRLittleEndian, dcm.ExplicitVRBigEndian, big},
		{"explicit as big endian", dcm.ExplicitVRBigEndian, dcm.ExplicitVRLittleEndian, explicit},
		{"implicit as big endian", dcm.ExplicitVRBigEndian, dcm.ImplicitVRLittleEndian, implicit},
		{"explicit as deflated", dcm.DeflatedExplicitVRLittleEndian, dcm.ExplicitVRLittleEndian, explicit},
		{"deflated", dcm.DeflatedExplicitVRLittleEndian, dcm.DeflatedExplicitVRLittleEndian, deflated(t, explicit)},
		{"native as JPEG", jpeg, dcm.ExplicitVRLittleEndian, explicit},
		{"native and implicit as RLE", rle, dcm.ImplicitVRLittleEndian, implicit},
		{"JPEG", jpeg, jpeg, encapsulated},
		{"without pixels, as JPEG", jpeg, jpeg, text},
		{"a private one", private, private, explicit},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := identify(t, put(t, part10(t, ctImage, "1.2.3", test.declared, test.data)))
			if err != nil || got.TransferSyntaxUID != test.want || got.SOPInstanceUID != "1.2.3" {
				t.Errorf("%+v, %v; want %s", got, err, test.want.Name())
			}
		})
	}
}

// inImplicit is a data set in implicit encoding.
func inImplicit(t testing.TB, explicit string) string {
	t.Helper()
	var b strings.Builder
	if err := dcm.Convert(&b, strings.NewReader(explicit), dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bigEndian is a data set of short texts in big endian.
func bigEndian(explicit string) string {
	b := []byte(explicit)
	for at := 0; at < len(b); {
		length := int(binary.LittleEndian.Uint16(b[at+6:]))
		for _, i := range []int{at, at + 2, at + 6} {
			b[i], b[i+1] = b[i+1], b[i]
		}
		at += 8 + length
	}
	return string(b)
}

// Every object that cannot be sent is refused by its name and with its reason.
func TestUnsendable(t *testing.T) {
	le := dcm.ExplicitVRLittleEndian
	whole := dataset(ctImage, "1.2.3")
	file := func(syntax dcm.UID, data string) string { return part10(t, ctImage, "1.2.3", syntax, data) }
	encapsulated := element(0x00080016, "UI", string(ctImage)) + element(0x00080018, "UI", "1.2.3") +
		"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + "\xfe\xff\x00\xe0\x00\x00\x00\x00" + "\xfe\xff\x00\xe0\x10\x00\x00\x00abcd"
	for name, test := range map[string]struct{ file, want string }{
		"letters in the instance UID": {part10(t, ctImage, "1.2.3", le, dataset(ctImage, "1.2.abc")), "SOP Instance UID (0008,0018) is not valid"},
		"65 characters":               {part10(t, ctImage, "1.2.3", le, dataset(ctImage, dcm.UID("1."+strings.Repeat("1", 63)))), "at most 64"},
		"letters in the class UID":    {part10(t, ctImage, "1.2.3", le, dataset("CT Image", "1.2.3")), "SOP Class UID (0008,0016) is not valid"},
		"empty component":             {part10(t, ctImage, "1.2.3", le, dataset(ctImage, "1..3")), "SOP Instance UID (0008,0018) is not valid"},
		"letters, and no data set's":  {part10(t, ctImage, "1.2.x", le, dataset(ctImage, "")), "SOP Instance UID (0008,0018) is not valid"},
		"no instance UID at all":      {dataset(ctImage, ""), "SOP Instance UID (0008,0018) is missing"},
		"no class UID at all":         {dataset("", "1.2.3"), "SOP Class UID (0008,0016) is missing"},
		"only file meta information":  {file(le, ""), "its data set is empty"},
		"nothing but the mark":        {strings.Repeat("\x00", 128) + "DICM", "its data set is empty"},
		"cut after the mark":          {file(le, "")[:136], "its file meta information ends within an element, at byte 136"},
		"cut in the meta information": {file(le, "")[:180], "its file meta information ends within an element, at byte 180"},
		"no UIDs, and cut":            {part10(t, "1", "1", le, "")[:132] + whole[:30], "ends within an element"},
		"deflated to nothing":         {file(dcm.DeflatedExplicitVRLittleEndian, strings.Repeat("\x00\x00\x00\xff\xff", 3)+"\x03\x00"), "its data set is empty"},
		"nothing deflated":            {file(dcm.DeflatedExplicitVRLittleEndian, "\x03\x00"), "its data set is empty"},
		"nothing but a pad byte":      {file(le, "\x00"), "its data set is empty"},
		"corrupt deflated stream":     {file(dcm.DeflatedExplicitVRLittleEndian, "\x78\x9c"+deflated(t, whole)), "its data set cannot be inflated: flate: corrupt input"},
		"nothing but stray bytes":     {file(le, strings.Repeat("\xff", 20)), "its data set is empty"},
		"cut in the pixel data":       {file(le, whole[:len(whole)-1]), "ends within an element"},
		"cut in a header element":     {file(le, whole[:30]), "ends within an element"},
		"cut in a fragment":           {file("1.2.840.10008.1.2.4.70", encapsulated), "ends within an element"},
		"cut after a fragment":        {file("1.2.840.10008.1.2.4.70", strings.Replace(encapsulated, "\x10\x00\x00\x00abcd", "\x04\x00\x00\x00abcd", 1)), "ends within an element"},
		"cut deflated stream":         {file(dcm.DeflatedExplicitVRLittleEndian, deflated(t, whole)[:40]), "ends within an element"},
		"cut inside a deflated one":   {file(dcm.DeflatedExplicitVRLittleEndian, deflated(t, whole[:len(whole)-1])), "ends within an element"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := identify(t, put(t, test.file))
			var unsendable *scu.UnsendableError
			if !errors.As(err, &unsendable) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v; want %q", got, err, test.want)
			}
		})
	}
}

// What lies beside objects is named as what it is.
func TestBesideObjects(t *testing.T) {
	le := dcm.ExplicitVRLittleEndian
	directory := element(0x00041130, "CS", "SET") + element(0x00041200, "UL", "\x00\x00\x00\x00") + element(0x00041220, "SQ", "")
	worklist := element(0x00080050, "SH", "A1") + element(0x0020000D, "UI", "1.2.3") + element(0x00400100, "SQ", "")
	for name, test := range map[string]struct{ file, want string }{
		"text":                      {"a report\n", "not a DICOM object"},
		"empty":                     {"", "not a DICOM object"},
		"PNG":                       {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a DICOM object"},
		"DICOMDIR":                  {part10(t, "1.2.840.10008.1.3.10", "1.2.3", le, directory), "a DICOMDIR"},
		"DICOMDIR of another class": {part10(t, ctImage, "1.2.3", le, directory), "a DICOMDIR"},
		"worklist entry":            {part10(t, "1", "1", le, "")[:132] + worklist, "such as an entry of a worklist"},
		"performed procedure step":  {part10(t, "1.2.840.10008.3.1.2.3.3", "1.2.3", le, dataset("", "")), "Modality Performed Procedure Step"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := identify(t, put(t, test.file))
			var beside *scu.NotObjectError
			if !errors.As(err, &beside) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v; want %q", got, err, test.want)
			}
		})
	}
}
