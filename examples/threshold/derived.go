package main

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

const secondaryCaptureStorage = "1.2.840.10008.5.1.4.1.1.7"

// kept are the elements that a mask has from its source: whose it is, of which
// study, and where in space it lies. The last is more than a secondary capture
// must have; with it a viewer lays the mask over its source.
var kept = map[tag.Tag]bool{
	tag.StudyDate: true, tag.StudyTime: true, tag.AccessionNumber: true, tag.ReferringPhysicianName: true, tag.StudyDescription: true,
	tag.PatientName: true, tag.PatientID: true, tag.PatientBirthDate: true, tag.PatientSex: true,
	tag.StudyInstanceUID: true, tag.StudyID: true, tag.PatientPosition: true, tag.BodyPartExamined: true,
	tag.InstanceNumber: true, tag.FrameOfReferenceUID: true, tag.PositionReferenceIndicator: true,
	tag.ImagePositionPatient: true, tag.ImageOrientationPatient: true, tag.PixelSpacing: true, tag.SliceThickness: true,
}

// writeMask writes a mask as a Secondary Capture image (PS3.3 §A.8.1) of its
// own series in the source's study.
func writeMask(path string, source *ct.Image, mask []byte, series dcm.UID, lowest int) error {
	instance, now := string(dcm.NewUID()), time.Now()
	values := map[tag.Tag]any{
		tag.FileMetaInformationVersion: []byte{0, 1},
		tag.MediaStorageSOPClassUID:    secondaryCaptureStorage,
		tag.MediaStorageSOPInstanceUID: instance,
		tag.TransferSyntaxUID:          string(dcm.ExplicitVRLittleEndian),
		tag.ImplementationClassUID:     string(dcm.ImplementationClass),

		// The reader has decoded all text, so that it is written as UTF-8.
		tag.SpecificCharacterSet: "ISO_IR 192",
		tag.SOPClassUID:          secondaryCaptureStorage,
		tag.SOPInstanceUID:       instance,
		tag.SeriesInstanceUID:    string(series),
		tag.SeriesNumber:         fmt.Sprint(1000 + lowest),
		tag.SeriesDescription:    fmt.Sprintf("Bone, at least %d HU", lowest),
		// not CT: a flow that waits for CT must not be started by its own result
		tag.Modality:       "OT",
		tag.ConversionType: "WSD",
		tag.ContentDate:    now.Format("20060102"),
		tag.ContentTime:    now.Format("150405"),
		tag.Manufacturer:   "RadDeploy",

		tag.ImageType:             []string{"DERIVED", "SECONDARY"},
		tag.DerivationDescription: fmt.Sprintf("Mask of the pixels of at least %d HU, by threshold", lowest),
		tag.SourceImageSequence:   [][]*dicom.Element{reference(source)},

		tag.SamplesPerPixel:           1,
		tag.PhotometricInterpretation: "MONOCHROME2",
		tag.Rows:                      source.Rows,
		tag.Columns:                   source.Columns,
		tag.BitsAllocated:             8,
		tag.BitsStored:                8,
		tag.HighBit:                   7,
		tag.PixelRepresentation:       0,
		tag.PixelData:                 dicom.PixelDataInfo{IntentionallyUnprocessed: true, UnprocessedValueData: even(mask)},
	}
	for _, required := range []tag.Tag{ // may be empty, may not be missing
		tag.StudyDate, tag.StudyTime, tag.AccessionNumber, tag.ReferringPhysicianName, tag.PatientName, tag.PatientID,
		tag.PatientBirthDate, tag.PatientSex, tag.StudyID, tag.InstanceNumber, tag.PatientOrientation,
	} {
		values[required] = ""
	}
	for t := range kept {
		if texts := source.Texts(t); len(texts) > 0 {
			values[t] = texts
		}
	}
	return write(path, values)
}

// reference names the object that a mask was made from (PS3.3 §C.12.4.1.3).
func reference(source *ct.Image) []*dicom.Element {
	purpose := elements(map[tag.Tag]any{
		tag.CodeValue:              "121322",
		tag.CodingSchemeDesignator: "DCM",
		tag.CodeMeaning:            "Source image for image processing operation",
	})
	return elements(map[tag.Tag]any{
		tag.ReferencedSOPClassUID:          source.Text(tag.SOPClassUID),
		tag.ReferencedSOPInstanceUID:       source.Text(tag.SOPInstanceUID),
		tag.PurposeOfReferenceCodeSequence: [][]*dicom.Element{purpose},
	})
}

// even adds the padding that a value of odd length needs.
func even(b []byte) []byte {
	if len(b)%2 == 1 {
		return append(b, 0)
	}
	return b
}
