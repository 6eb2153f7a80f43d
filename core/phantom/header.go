package phantom

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Who the phantom is: obviously nobody.
const (
	PatientName = "Phantom^Head"
	PatientID   = "PHANTOM"
)

const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2"

// series is what all slices have in common.
type series struct {
	options                 Options
	thickness               float64 // of a slice, in millimetres
	study, series, position string  // UIDs; position is the frame of reference
	bytes                   []byte  // of a slice's pixels, used again for each
}

func newSeries(o Options) *series {
	s := &series{options: o, thickness: Height / float64(o.Slices)}
	s.study, s.series, s.position = s.uid("study", 0), s.uid("series", 0), s.uid("frame of reference", 0)
	return s
}

// uid returns a new UID, or the one that the seed stands for.
func (s *series) uid(of string, number int) string {
	if s.options.Seed == 0 {
		return string(dcm.NewUID())
	}
	b := binary.BigEndian.AppendUint64([]byte("raddeploy phantom "+of), s.options.Seed)
	for _, n := range []int{s.options.Slices, s.options.Size, number} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	sum := sha256.Sum256(b)
	return string(dcm.UIDFromUUID([16]byte(sum[:16])))
}

// header writes everything before the pixel data, by the CT Image IOD (PS3.3 §A.3).
func (s *series) header(w io.Writer, slice int) error {
	size := s.options.Size
	spacing := decimal(Width / float64(size))
	x, y := Position(0, 0, size)
	instance := s.uid("image", slice)
	b, err := dcm.FileMeta{SOPClass: ctImageStorage, SOPInstance: dcm.UID(instance), TransferSyntax: dcm.ExplicitVRLittleEndian}.Append(nil)
	if err != nil {
		return err
	}
	for _, e := range []struct {
		keyword, representation string
		value                   any // a string or a uint16
	}{
		{"SpecificCharacterSet", "CS", "ISO_IR 192"},
		{"ImageType", "CS", `ORIGINAL\PRIMARY\AXIAL`},
		{"SOPClassUID", "UI", ctImageStorage},
		{"SOPInstanceUID", "UI", instance},
		{"StudyDate", "DA", "20260101"},
		{"SeriesDate", "DA", "20260101"},
		{"ContentDate", "DA", "20260101"},
		{"StudyTime", "TM", "120000"},
		{"SeriesTime", "TM", "120000"},
		{"ContentTime", "TM", "120000"},
		{"AccessionNumber", "SH", "PHANTOM"},
		{"Modality", "CS", "CT"},
		{"Manufacturer", "LO", "RadDeploy"},
		{"InstitutionName", "LO", "Synthetic Hospital"},
		{"ReferringPhysicianName", "PN", ""},
		{"StudyDescription", "LO", "Synthetic head"},
		{"SeriesDescription", "LO", "Head phantom, synthetic"},
		{"ManufacturerModelName", "LO", "Head phantom"},
		{"PatientName", "PN", PatientName},
		{"PatientID", "LO", PatientID},
		{"PatientBirthDate", "DA", ""},
		{"PatientSex", "CS", "O"},
		{"BodyPartExamined", "CS", "HEAD"},
		{"SliceThickness", "DS", decimal(s.thickness)},
		{"KVP", "DS", "120"},
		{"PatientPosition", "CS", "HFS"},
		{"StudyInstanceUID", "UI", s.study},
		{"SeriesInstanceUID", "UI", s.series},
		{"StudyID", "SH", "PHANTOM"},
		{"SeriesNumber", "IS", "1"},
		{"AcquisitionNumber", "IS", "1"},
		{"InstanceNumber", "IS", strconv.Itoa(slice + 1)},
		{"ImagePositionPatient", "DS", decimal(x) + `\` + decimal(y) + `\` + decimal(s.z(slice))},
		{"ImageOrientationPatient", "DS", `1\0\0\0\1\0`},
		{"FrameOfReferenceUID", "UI", s.position},
		{"PositionReferenceIndicator", "LO", ""},
		{"SliceLocation", "DS", decimal(s.z(slice))},
		{"SamplesPerPixel", "US", uint16(1)},
		{"PhotometricInterpretation", "CS", "MONOCHROME2"},
		{"Rows", "US", uint16(size)},
		{"Columns", "US", uint16(size)},
		{"PixelSpacing", "DS", spacing + `\` + spacing},
		{"BitsAllocated", "US", uint16(16)},
		{"BitsStored", "US", uint16(12)},
		{"HighBit", "US", uint16(11)},
		{"PixelRepresentation", "US", uint16(0)},
		{"WindowCenter", "DS", "40"},
		{"WindowWidth", "DS", "120"},
		{"RescaleIntercept", "DS", strconv.Itoa(intercept)},
		{"RescaleSlope", "DS", "1"},
		{"RescaleType", "LO", "HU"},
	} {
		tag, ok := dcm.TagByKeyword(e.keyword)
		if !ok {
			return fmt.Errorf("the data dictionary has no %s", e.keyword)
		}
		b = appendElement(b, tag, e.representation, e.value)
	}
	_, err = w.Write(b)
	return err
}

// appendElement appends an element in Explicit VR Little Endian (PS3.5 §7.1.2), padded
// to an even length: a UID with NUL, a text with a space.
func appendElement(b []byte, tag dcm.Tag, representation string, value any) []byte {
	b = binary.LittleEndian.AppendUint16(b, tag.Group())
	b = binary.LittleEndian.AppendUint16(b, tag.Element())
	b = append(b, representation...)
	if number, ok := value.(uint16); ok {
		return binary.LittleEndian.AppendUint16(append(b, 2, 0), number)
	}
	text := value.(string)
	if len(text)%2 == 1 && representation == "UI" {
		text += "\x00"
	} else if len(text)%2 == 1 {
		text += " "
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}

// decimal writes a decimal string, which has at most 16 characters (PS3.5 §6.2).
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if len(s) > 16 {
		s = strconv.FormatFloat(v, 'f', 8, 64)
	}
	return s
}
