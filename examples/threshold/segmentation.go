package main

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

const segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4"

// version is the model's. It is in what it writes.
const version = "2.0"

// segmentation makes a Segmentation object (PS3.3 §A.51) of a stack of slices:
// one segment, and one frame for each slice, in the order of the stack. A slice
// without bone has a frame too, so that an archive tells "looked at, nothing
// found" from "not looked at", and a segmentation is never without frames, which
// the standard does not allow.
func segmentation(stack []slice, series dcm.UID, number, lowest int) values {
	source, now := stack[0], time.Now()
	instance, dimensions := string(dcm.NewUID()), string(dcm.NewUID())
	v := values{
		tag.FileMetaInformationVersion: []byte{0, 1},
		tag.MediaStorageSOPClassUID:    segmentationStorage,
		tag.MediaStorageSOPInstanceUID: instance,
		tag.TransferSyntaxUID:          string(dcm.ExplicitVRLittleEndian),
		tag.ImplementationClassUID:     string(dcm.ImplementationClass),

		// these may be empty and may not be missing; kept is laid over them
		tag.PatientName: "", tag.PatientID: "", tag.PatientBirthDate: "", tag.PatientSex: "",
		tag.StudyDate: "", tag.StudyTime: "", tag.StudyID: "", tag.AccessionNumber: "", tag.ReferringPhysicianName: "",
		tag.PositionReferenceIndicator: "", tag.ContentCreatorName: "",

		tag.SOPClassUID:           segmentationStorage,
		tag.SOPInstanceUID:        instance,
		tag.SeriesInstanceUID:     string(series),
		tag.SeriesNumber:          fmt.Sprint(1000 + lowest),
		tag.SeriesDescription:     fmt.Sprintf("Bone, at least %d HU", lowest),
		tag.Modality:              "SEG",
		tag.InstanceNumber:        fmt.Sprint(number),
		tag.ContentLabel:          "BONE",
		tag.ContentDescription:    fmt.Sprintf("Bone, at least %d HU", lowest),
		tag.ContentDate:           now.Format("20060102"),
		tag.ContentTime:           now.Format("150405"),
		tag.Manufacturer:          "RadDeploy",
		tag.ManufacturerModelName: "threshold",
		tag.DeviceSerialNumber:    "none",
		tag.SoftwareVersions:      version,

		tag.ImageType:                        []string{"DERIVED", "PRIMARY"},
		tag.SegmentationType:                 "BINARY",
		tag.SegmentSequence:                  []values{bone(lowest)},
		tag.ReferencedSeriesSequence:         []values{references(stack)},
		tag.DimensionOrganizationType:        "3D",
		tag.DimensionOrganizationSequence:    []values{{tag.DimensionOrganizationUID: dimensions}},
		tag.DimensionIndexSequence:           dimensionIndex(dimensions),
		tag.SharedFunctionalGroupsSequence:   []values{shared(stack)},
		tag.PerFrameFunctionalGroupsSequence: perFrame(stack),

		tag.NumberOfFrames:            fmt.Sprint(len(stack)),
		tag.Rows:                      source.Rows,
		tag.Columns:                   source.Columns,
		tag.SamplesPerPixel:           1,
		tag.PhotometricInterpretation: "MONOCHROME2",
		tag.BitsAllocated:             1,
		tag.BitsStored:                1,
		tag.HighBit:                   0,
		tag.PixelRepresentation:       0,
		tag.PixelData:                 dicom.PixelDataInfo{IntentionallyUnprocessed: true, UnprocessedValueData: frames(stack)},
	}
	for _, t := range kept {
		if e := source.Element(t); e != nil {
			v[t] = e
		}
	}
	if source.Text(tag.LossyImageCompression) == "" {
		v[tag.LossyImageCompression] = "00" // never
	}
	return v
}

// bone is the one segment: what it shows, and how it was found (PS3.3
// §C.8.20.2, §10.16).
func bone(lowest int) values {
	return values{
		tag.SegmentNumber:                         1,
		tag.SegmentLabel:                          "Bone",
		tag.SegmentedPropertyCategoryCodeSequence: code("123037004", "SCT", "Anatomical Structure"),
		tag.SegmentedPropertyTypeCodeSequence:     code("272673000", "SCT", "Bone"),
		tag.SegmentAlgorithmType:                  "AUTOMATIC",
		tag.SegmentAlgorithmName:                  "threshold",
		tag.SegmentationAlgorithmIdentificationSequence: []values{{
			tag.AlgorithmFamilyCodeSequence: code("123105", "DCM", "Histogram Analysis"),
			tag.AlgorithmName:               "threshold",
			tag.AlgorithmVersion:            version,
			tag.AlgorithmParameters:         fmt.Sprintf("threshold: %d HU", lowest),
		}},
	}
}

// references lists the objects that a segmentation was made from, by their
// series (PS3.3 §C.12.2).
func references(stack []slice) values {
	var objects []values
	for _, s := range stack {
		objects = append(objects, reference(s))
	}
	return values{
		tag.SeriesInstanceUID:          stack[0].Text(tag.SeriesInstanceUID),
		tag.ReferencedInstanceSequence: objects,
	}
}

func reference(s slice) values {
	return values{
		tag.ReferencedSOPClassUID:    ct.ImageStorage,
		tag.ReferencedSOPInstanceUID: s.Text(tag.SOPInstanceUID),
	}
}

// dimensionIndex says what the frames are ordered by: the segment, then the
// place (PS3.3 §C.7.6.17).
func dimensionIndex(organization string) []values {
	dimension := func(group, element tag.Tag) values {
		return values{
			tag.DimensionOrganizationUID: organization,
			tag.FunctionalGroupPointer:   group,
			tag.DimensionIndexPointer:    element,
		}
	}
	return []values{
		dimension(tag.SegmentIdentificationSequence, tag.ReferencedSegmentNumber),
		dimension(tag.PlanePositionSequence, tag.ImagePositionPatient),
	}
}

// shared is what is the same for every frame (PS3.3 §C.7.6.16.1).
func shared(stack []slice) values {
	source := stack[0]
	measures := values{tag.PixelSpacing: source.Texts(tag.PixelSpacing)}
	if len(source.Floats(tag.SliceThickness)) == 1 {
		measures[tag.SliceThickness] = source.Texts(tag.SliceThickness)
	} else if len(stack) > 1 { // a CT may leave it empty
		measures[tag.SliceThickness] = fmt.Sprintf("%.3f", stack[1].along-source.along)
	}
	return values{
		tag.PixelMeasuresSequence:    []values{measures},
		tag.PlaneOrientationSequence: []values{{tag.ImageOrientationPatient: source.Texts(tag.ImageOrientationPatient)}},
	}
}

// perFrame says of each frame which segment it shows, where it lies, and which
// image it was made from (PS3.3 §A.51.5).
func perFrame(stack []slice) []values {
	var groups []values
	for i, s := range stack {
		image := reference(s)
		image[tag.PurposeOfReferenceCodeSequence] = code("121322", "DCM", "Source image for image processing operation")
		image[tag.SpatialLocationsPreserved] = "YES"
		groups = append(groups, values{
			tag.FrameContentSequence:          []values{{tag.DimensionIndexValues: []int{1, i + 1}}},
			tag.SegmentIdentificationSequence: []values{{tag.ReferencedSegmentNumber: 1}},
			tag.PlanePositionSequence:         []values{{tag.ImagePositionPatient: s.Texts(tag.ImagePositionPatient)}},
			tag.DerivationImageSequence: []values{{
				tag.DerivationCodeSequence: code("113076", "DCM", "Segmentation"),
				tag.SourceImageSequence:    []values{image},
			}},
		})
	}
	return groups
}

// code is a concept of a coding scheme (PS3.3 §8.8).
func code(value, scheme, meaning string) []values {
	return []values{{tag.CodeValue: value, tag.CodingSchemeDesignator: scheme, tag.CodeMeaning: meaning}}
}
