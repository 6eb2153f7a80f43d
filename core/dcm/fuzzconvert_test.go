package dcm

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzConvert converts anything from each encoding to both that there are. What is
// converted is whole, and converts to the other one and back to
// itself.
func FuzzConvert(f *testing.F) {
	for i, enc := range []layout{{}, {implicit: true}, {big: true}} {
		f.Add(short(enc), byte(i), false)
		f.Add(newBuilder(enc).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, make([]byte, 20)).b, byte(i), true)
	}
	f.Add(short(layout{}), byte(3), true)
	f.Add(short(layout{implicit: true}), byte(4), false)
	syntaxes := []UID{ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, gePrivateImplicit}
	f.Fuzz(func(t *testing.T, data []byte, from byte, implicit bool) {
		syntax := syntaxes[int(from)%len(syntaxes)]
		if syntax == DeflatedExplicitVRLittleEndian {
			_ = Convert(io.Discard, bytes.NewReader(data), syntax, ExplicitVRLittleEndian) // which it is hardly ever
			data = deflate(t, data)
		}
		to, other := ExplicitVRLittleEndian, ImplicitVRLittleEndian
		if implicit {
			to, other = other, to
		}
		var out, turned, again bytes.Buffer
		if Convert(&out, bytes.NewReader(data), syntax, to) != nil {
			return
		}
		h, err := ScanDataset(bytes.NewReader(out.Bytes()), to)
		if err == nil {
			err = h.CheckEnd(bytes.NewReader(out.Bytes()), int64(out.Len()))
		}
		if to == ExplicitVRLittleEndian && errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s to %s: what was converted is not whole: %v", syntax, to, err)
		}
		err = Convert(&turned, bytes.NewReader(out.Bytes()), to, other)
		if other == ImplicitVRLittleEndian && errors.Is(err, ErrMalformed) {
			return // it stood as unknown, and is not the sequence that the dictionary has
		}
		if err != nil {
			t.Errorf("%s to %s: what was converted does not convert to the other: %v", syntax, to, err)
		} else if err := Convert(&again, bytes.NewReader(turned.Bytes()), other, to); err != nil {
			t.Errorf("%s to %s: nor back: %v", syntax, to, err)
		}
	})
}

// short is a data set with all that a converter treats by itself.
func short(enc layout) []byte {
	b := newBuilder(enc).text(Modality, vrCS, "CT")
	b.sequence(0x00081110, func() { b.text(0x00081155, vrUI, "1.2.3") }, func() {})
	b.measured(0x00081111, func() { b.text(0x00081155, vrUI, "1.2.5") })
	b.text(0x00090010, vrLO, "ACME").bytes(0x00091001, vrUN, []byte("12345678"))
	b.head(0x00091002, vrUN, undefined)
	outer := b.enc
	b.enc = layout{implicit: true}
	b.head(item, vrNone, undefined).text(Modality, vrCS, "MR").head(itemDelimitation, vrNone, 0)
	b.head(sequenceDelimitation, vrNone, 0)
	b.enc = outer
	return b.bytes(PixelRepresentation, vrUS, []byte{1, 1}).bytes(0x00280106, vrSS, []byte{1, 2}).bytes(PixelData, vrOW, make([]byte, 20)).b
}
