package dcm

import (
	"bytes"
	"testing"
)

// sealedFile returns a file as a receiver leaves it, and where its data set begins.
func sealedFile(t *testing.T, dataset []byte) ([]byte, int64) {
	t.Helper()
	var file bytes.Buffer
	n, err := WriteFileMeta(&file, FileMeta{
		SOPClass: "1.2.840.10008.5.1.4.1.1.2", SOPInstance: "1.2.3", TransferSyntax: ImplicitVRLittleEndian,
		Sender: "CT1", Receiver: "RadDeploy", Sealed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var seal Seal
	file.Write(dataset)
	seal.Write(dataset)
	value := seal.Encode()
	copy(file.Bytes()[n-SealSize:], value[:])
	return file.Bytes(), n
}

func TestSealTellsWholeFromPart(t *testing.T) {
	dataset := bytes.Repeat([]byte("0123456789"), 50_000)
	whole, start := sealedFile(t, dataset)
	changed := bytes.Clone(whole)
	changed[len(changed)-1] ^= 1
	unsealed := bytes.Clone(whole)
	clear(unsealed[start-SealSize : start])
	var foreign bytes.Buffer
	if _, err := WriteFileMeta(&foreign, FileMeta{SOPClass: "1.2", SOPInstance: "1.3", TransferSyntax: "1.2.840.10008.1.2"}); err != nil {
		t.Fatal(err)
	}
	empty, _ := sealedFile(t, nil)
	tests := []struct {
		name string
		file []byte
		want bool
	}{
		{"complete", whole, true},
		{"complete and empty", empty, true},
		{"one byte short", whole[:len(whole)-1], false},
		{"one byte more", append(bytes.Clone(whole), 0), false},
		{"one bit changed", changed, false},
		{"seal never written", unsealed, false},
		{"without room for a seal", foreign.Bytes(), false},
		{"cut in the meta information", whole[:start-3], false},
		{"cut in the preamble", whole[:100], false},
		{"no bytes", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := VerifySeal(bytes.NewReader(test.file))
			if got != test.want || err != nil {
				t.Errorf("VerifySeal = %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestFileMetaIsReadBack(t *testing.T) {
	want := FileMeta{
		SOPClass: "1.2.840.10008.5.1.4.1.1.2", SOPInstance: "1.2.3", TransferSyntax: ImplicitVRLittleEndian,
		Sender: "CT1", Receiver: "RadDeploy",
	}
	file, start := sealedFile(t, []byte{8, 0, 0x60, 0, 2, 0, 0, 0, 'C', 'T'})
	h, err := ScanFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if h.DatasetOffset != start {
		t.Errorf("data set at %d, want %d", h.DatasetOffset, start)
	}
	if got := h.FileMeta(); got != want {
		t.Errorf("file meta %+v, want %+v", got, want)
	}
	if modality, _ := h.Text(Modality); modality != "CT" {
		t.Errorf("modality %q after the meta information", modality)
	}
}
