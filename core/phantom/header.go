package phantom

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
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
	var ds dicom.Dataset
	for _, e := range []struct {
		tag   tag.Tag
		value any
	}{
		{tag.FileMetaInformationVersion, []byte{0, 1}},
		{tag.MediaStorageSOPClassUID, ctImageStorage},
		{tag.MediaStorageSOPInstanceUID, instance},
		{tag.TransferSyntaxUID, string(dcm.ExplicitVRLittleEndian)},
		{tag.ImplementationClassUID, string(dcm.ImplementationClass)},
		{tag.ImplementationVersionName, dcm.ImplementationVersion},
		{tag.SpecificCharacterSet, "ISO_IR 192"},
		{tag.ImageType, []string{"ORIGINAL", "PRIMARY", "AXIAL"}},
		{tag.SOPClassUID, ctImageStorage},
		{tag.SOPInstanceUID, instance},
		{tag.StudyDate, "20260101"},
		{tag.SeriesDate, "20260101"},
		{tag.ContentDate, "20260101"},
		{tag.StudyTime, "120000"},
		{tag.SeriesTime, "120000"},
		{tag.ContentTime, "120000"},
		{tag.AccessionNumber, "PHANTOM"},
		{tag.Modality, "CT"},
		{tag.Manufacturer, "RadDeploy"},
		{tag.InstitutionName, "Synthetic Hospital"},
		{tag.ReferringPhysicianName, ""},
		{tag.StudyDescription, "Synthetic head"},
		{tag.SeriesDescription, "Head phantom, synthetic"},
		{tag.ManufacturerModelName, "Head phantom"},
		{tag.PatientName, PatientName},
		{tag.PatientID, PatientID},
		{tag.PatientBirthDate, ""},
		{tag.PatientSex, "O"},
		{tag.BodyPartExamined, "HEAD"},
		{tag.SliceThickness, decimal(s.thickness)},
		{tag.KVP, "120"},
		{tag.PatientPosition, "HFS"},
		{tag.StudyInstanceUID, s.study},
		{tag.SeriesInstanceUID, s.series},
		{tag.StudyID, "PHANTOM"},
		{tag.SeriesNumber, "1"},
		{tag.AcquisitionNumber, "1"},
		{tag.InstanceNumber, strconv.Itoa(slice + 1)},
		{tag.ImagePositionPatient, []string{decimal(x), decimal(y), decimal(s.z(slice))}},
		{tag.ImageOrientationPatient, []string{"1", "0", "0", "0", "1", "0"}},
		{tag.FrameOfReferenceUID, s.position},
		{tag.PositionReferenceIndicator, ""},
		{tag.SliceLocation, decimal(s.z(slice))},
		{tag.SamplesPerPixel, 1},
		{tag.PhotometricInterpretation, "MONOCHROME2"},
		{tag.Rows, size},
		{tag.Columns, size},
		{tag.PixelSpacing, []string{spacing, spacing}},
		{tag.BitsAllocated, 16},
		{tag.BitsStored, 12},
		{tag.HighBit, 11},
		{tag.PixelRepresentation, 0},
		{tag.WindowCenter, "40"},
		{tag.WindowWidth, "120"},
		{tag.RescaleIntercept, strconv.Itoa(intercept)},
		{tag.RescaleSlope, "1"},
		{tag.RescaleType, "HU"},
	} {
		value := e.value
		switch v := value.(type) {
		case string:
			value = []string{v}
		case int:
			value = []int{v}
		}
		element, err := dicom.NewElement(e.tag, value)
		if err != nil {
			return fmt.Errorf("element %v: %w", e.tag, err)
		}
		ds.Elements = append(ds.Elements, element)
	}
	return dicom.Write(w, ds)
}

// decimal writes a decimal string, which has at most 16 characters (PS3.5 §6.2).
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if len(s) > 16 {
		s = strconv.FormatFloat(v, 'f', 8, 64)
	}
	return s
}
