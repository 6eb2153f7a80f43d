package dcm

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

func TestTextOfValues(t *testing.T) {
	const private Tag = 0x00091010
	le, be := binary.LittleEndian, binary.BigEndian
	tests := []struct {
		name  string
		tag   Tag
		vr    vr
		value []byte
		want  string
	}{
		{"trailing padding goes", PatientID, vrLO, []byte("  007 \x00 "), "  007"},
		{"several values stay joined", 0x00080008, vrCS, []byte(`ORIGINAL\PRIMARY\AXIAL `), `ORIGINAL\PRIMARY\AXIAL`},
		{"leading zeros stay", 0x00200013, vrIS, []byte("0012"), "0012"},
		{"decimal string as sent", 0x00180050, vrDS, []byte("1.250 "), "1.250"},
		{"UID", SOPClassUID, vrUI, []byte("1.2.3\x00"), "1.2.3"},
		{"empty", PatientID, vrLO, nil, ""},
		{"US", 0x00280010, vrUS, le.AppendUint16(nil, 512), "512"},
		{"US, several", 0x00280010, vrUS, []byte{1, 0, 0xff, 0xff}, `1\65535`},
		{"SS", private, vrSS, []byte{0xfe, 0xff}, "-2"},
		{"UL", private, vrUL, le.AppendUint32(nil, 4_000_000_000), "4000000000"},
		{"SL", private, vrSL, le.AppendUint32(nil, math.MaxUint32), "-1"},
		{"UV", private, vrUV, le.AppendUint64(nil, math.MaxUint64), "18446744073709551615"},
		{"SV", private, vrSV, le.AppendUint64(nil, math.MaxUint64), "-1"},
		{"OV", private, vrOV, le.AppendUint64(nil, 5), "5"},
		{"FL", private, vrFL, le.AppendUint32(nil, math.Float32bits(0.1)), "0.1"},
		{"FD", private, vrFD, le.AppendUint64(nil, math.Float64bits(-1234567.25)), "-1234567.25"},
		{"AT", private, vrAT, []byte{0x18, 0, 0x63, 0x10}, "(0018,1063)"},
		{"OB", private, vrOB, []byte{0, 1}, `0\1`},
		{"OW", private, vrOW, []byte{0, 1}, "256"},
		{"odd length of words", private, vrUS, []byte{5, 0, 9}, "5"},
		{"UN that is text", private, vrUN, []byte("HEAD FIRST "), "HEAD FIRST"},
		{"UN that is not", private, vrUN, []byte{1, 2}, `1\2`},
		{"UN that the standard knows", 0x00280010, vrUN, []byte{0, 2}, "512"},
		{"UN that the standard knows, long", 0x00081030, vrUN, bytes.Repeat([]byte("x"), 66), strings.Repeat("x", 66)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, err := ScanDataset(bytes.NewReader(newBuilder(layout{}).bytes(test.tag, test.vr, test.value).b), ExplicitVRLittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := h.Text(test.tag); got != test.want || !ok {
				t.Errorf("Text = %q, %v; want %q", got, ok, test.want)
			}
		})
	}
	big := newBuilder(layout{big: true}).bytes(0x00280010, vrUS, be.AppendUint16(nil, 512)).b
	big = append(big, newBuilder(layout{big: true}).bytes(private, vrFD, be.AppendUint64(nil, math.Float64bits(0.5))).b...)
	h, err := ScanDataset(bytes.NewReader(big), ExplicitVRBigEndian)
	if err != nil {
		t.Fatal(err)
	}
	if rows, half := h.UID(0x00280010), h.UID(private); rows != "512" || half != "0.5" {
		t.Errorf("big endian: %q and %q", rows, half)
	}
}

func TestNoText(t *testing.T) {
	for _, v := range []vr{vrOB, vrOW, vrOF, vrUN} {
		short := newBuilder(layout{}).bytes(0x00091010, v, make([]byte, 64)).b
		long := newBuilder(layout{}).bytes(0x00091010, v, make([]byte, 72)).b
		for data, want := range map[string]bool{string(short): true, string(long): false} {
			h, err := ScanDataset(strings.NewReader(data), ExplicitVRLittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := h.Text(0x00091010); ok != want {
				t.Errorf("%v of %d bytes: text %v, want %v", v, len(data)-12, ok, want)
			}
		}
	}
}

func TestTextFollowsPixelRepresentation(t *testing.T) {
	const smallest Tag = 0x00280106 // US or SS
	for representation, want := range map[byte]string{0: "65535", 1: "-1"} {
		b := newBuilder(layout{implicit: true}).bytes(PixelRepresentation, vrUS, []byte{representation, 0}).bytes(smallest, vrSS, []byte{0xff, 0xff})
		h, err := ScanDataset(bytes.NewReader(b.b), ImplicitVRLittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := h.Text(smallest); got != want {
			t.Errorf("pixel representation %d: %q, want %q", representation, got, want)
		}
	}
}
