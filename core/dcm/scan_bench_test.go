package dcm

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/suyashkumar/dicom"
)

// ctHeader returns a bare data set like a scanner's: 100 elements, two short
// sequences, then the pixel data of a 512 x 512 slice.
func ctHeader(implicit bool) []byte {
	b := newBuilder(layout{implicit: implicit})
	b.text(SpecificCharacterSet, vrCS, "ISO_IR 100")
	b.text(0x00080008, vrCS, `ORIGINAL\PRIMARY\AXIAL`)
	b.text(SOPClassUID, vrUI, "1.2.840.10008.5.1.4.1.1.2")
	b.text(SOPInstanceUID, vrUI, "1.2.826.0.1.3680043.8.498.11111111111111111111111111111")
	for i := range Tag(20) {
		b.text(0x00080020+i, vrLO, fmt.Sprintf("value %d of the study", i))
	}
	b.sequence(0x00081110, func() {
		b.text(0x00081150, vrUI, "1.2.840.10008.3.1.2.3.1")
		b.text(0x00081155, vrUI, "1.2.826.0.1.3680043.8.498.2222222222222222222222")
	})
	b.text(PatientName, vrPN, "Phantom^Head")
	b.text(PatientID, vrLO, "PHANTOM")
	for i := range Tag(40) {
		b.text(0x00180050+i, vrDS, "0.70312500")
	}
	b.text(StudyInstanceUID, vrUI, "1.2.826.0.1.3680043.8.498.3333333333333333333333")
	b.text(SeriesInstanceUID, vrUI, "1.2.826.0.1.3680043.8.498.4444444444444444444444")
	b.text(0x00200032, vrDS, `-125.0\-125.0\30.0`)
	for i := range Tag(20) {
		b.bytes(0x00280010+i, vrUS, []byte{0, 2})
	}
	b.bytes(PixelData, vrOW, make([]byte, 512*512*2))
	return b.b
}

func BenchmarkScanDataset(b *testing.B) {
	for _, implicit := range []bool{false, true} {
		name, syntax := "explicit", ExplicitVRLittleEndian
		if implicit {
			name, syntax = "implicit", ImplicitVRLittleEndian
		}
		b.Run(name, func(b *testing.B) {
			data := ctHeader(implicit)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ScanDataset(bytes.NewReader(data), syntax); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScanFile reads the same file by this scanner and by the library it
// stands in for.
func BenchmarkScanFile(b *testing.B) {
	data, err := os.ReadFile("../../../shared/data/dicom/CT_small.dcm")
	if err != nil {
		b.Skip("no DICOM files beside this clone")
	}
	b.Run("scanner", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ScanFile(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("suyashkumar", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := dicom.Parse(bytes.NewReader(data), int64(len(data)), nil, dicom.SkipPixelData()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
