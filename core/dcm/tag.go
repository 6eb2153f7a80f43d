package dcm

import (
	"fmt"
	"strconv"
	"strings"
)

// Tag names a data element by its group and element number, such as 0x00080060
// for Modality (PS3.5 §7.1).
type Tag uint32

// Elements that RadDeploy itself asks for. Every other one is reached by
// keyword or number.
const (
	TransferSyntaxUID               Tag = 0x00020010
	MediaStorageSOPClassUID         Tag = 0x00020002
	MediaStorageSOPInstanceUID      Tag = 0x00020003
	SourceApplicationEntityTitle    Tag = 0x00020016
	SpecificCharacterSet            Tag = 0x00080005
	SOPClassUID                     Tag = 0x00080016
	SOPInstanceUID                  Tag = 0x00080018
	StudyDate                       Tag = 0x00080020
	AccessionNumber                 Tag = 0x00080050
	ReferencedSOPClassUID           Tag = 0x00081150
	ReferencedSOPInstanceUID        Tag = 0x00081155
	TransactionUID                  Tag = 0x00081195
	FailureReason                   Tag = 0x00081197
	FailedSOPSequence               Tag = 0x00081198
	ReferencedSOPSequence           Tag = 0x00081199
	Modality                        Tag = 0x00080060
	StudyDescription                Tag = 0x00081030
	SeriesDescription               Tag = 0x0008103E
	PatientName                     Tag = 0x00100010
	PatientID                       Tag = 0x00100020
	StudyInstanceUID                Tag = 0x0020000D
	SeriesInstanceUID               Tag = 0x0020000E
	PixelRepresentation             Tag = 0x00280103
	ExtendedOffsetTable             Tag = 0x7FE00001
	PixelData                       Tag = 0x7FE00010
	item                            Tag = 0xFFFEE000
	itemDelimitation                Tag = 0xFFFEE00D
	sequenceDelimitation            Tag = 0xFFFEE0DD
	privateInformationCreatorUID    Tag = 0x00020100
	privateInformation              Tag = 0x00020102
	sendingApplicationEntityTitle   Tag = 0x00020017
	receivingApplicationEntityTitle Tag = 0x00020018
)

// MakeTag puts a group and an element number together.
func MakeTag(group, element uint16) Tag { return Tag(group)<<16 | Tag(element) }

// Group returns the tag's group number.
func (t Tag) Group() uint16 { return uint16(t >> 16) }

// Element returns the tag's element number within its group.
func (t Tag) Element() uint16 { return uint16(t) }

// Private reports whether the tag belongs to a manufacturer: its group is odd
// (PS3.5 §7.8).
func (t Tag) Private() bool { return t>>16&1 == 1 }

// privateCreator reports whether the element reserves a block of private
// elements (PS3.5 §7.8.1).
func (t Tag) privateCreator() bool { return t.Private() && t&0xFFFF >= 0x10 && t&0xFFFF <= 0xFF }

// String writes the tag as the standard does: "(0008,0060)".
func (t Tag) String() string { return fmt.Sprintf("(%04X,%04X)", t.Group(), t.Element()) }

// ParseTag reads a tag's number, written 00080060, 0008,0060 or (0008,0060).
func ParseTag(s string) (Tag, error) {
	digits := strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(digits, "("); ok {
		if digits, ok = strings.CutSuffix(inner, ")"); !ok {
			return 0, fmt.Errorf("tag %q has no closing parenthesis: write it like (0008,0060)", s)
		}
	}
	if group, element, ok := strings.Cut(digits, ","); ok {
		group, element = strings.TrimSpace(group), strings.TrimSpace(element)
		if len(group) != 4 {
			return 0, fmt.Errorf("tag %q has a group that is not four digits: write it like (0008,0060)", s)
		}
		digits = group + element
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 8 {
		return 0, fmt.Errorf("tag %q is not eight hexadecimal digits: write it like 00080060 or (0008,0060)", s)
	}
	return Tag(n), nil
}
