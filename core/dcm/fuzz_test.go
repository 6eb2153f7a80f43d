package dcm

import (
	"bytes"
	"os"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzScan scans anything as a file and as a data set of each encoding. The
// table must be whole, whatever comes.
func FuzzScan(f *testing.F) {
	for _, enc := range []layout{{}, {implicit: true}, {big: true}} {
		f.Add(nested(enc)[:600])
	}
	f.Add(privateBlocks())
	for _, name := range []string{"UN_sequence.dcm", "priv_SQ.dcm", "nested_priv_SQ.dcm", "meta_missing_tsyntax.dcm", "ExplVR_BigEndNoMeta.dcm",
		"charset/chrSQEncoding.dcm", "rtplan_truncated.dcm", "image_dfl.dcm"} {
		if data, err := os.ReadFile(realFiles + "/" + name); err == nil {
			f.Add(data[:min(len(data), 4<<10)]) // what is long is slow
		}
	}
	deep, err := ParsePath(`00091010.00091010.0009,xx10,"A".Modality`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, _ := ScanFile(bytes.NewReader(data))
		checkTable(t, h, len(data))
		for _, syntax := range []UID{ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian} {
			h, err := ScanDataset(bytes.NewReader(data), syntax)
			checkTable(t, h, len(data))
			h.Texts(deep)
			slow, slowErr := ScanDataset(iotest.OneByteReader(bytes.NewReader(data)), syntax)
			if len(slow.elements) != len(h.elements) || (err == nil) != (slowErr == nil) {
				t.Errorf("%s: %d elements and %v at once, %d and %v byte by byte", syntax, len(h.elements), err, len(slow.elements), slowErr)
			}
		}
	})
}

// FuzzText decodes anything by any character set: what comes out is valid UTF-8.
func FuzzText(f *testing.F) {
	f.Add([]byte("Yamada=\x1b$B;3ED\x1b(B"), []byte(`\ISO 2022 IR 87`), true)
	f.Add([]byte("\x1b$)C\xfb\xf3"), []byte(`ISO 2022 IR 6\ISO 2022 IR 149`), true)
	f.Add([]byte("\x81\x5c"), []byte("GB18030"), false)
	f.Fuzz(func(t *testing.T, value, charset []byte, name bool) {
		if text := decodeText(value, charset, name); !utf8.ValidString(text) {
			t.Errorf("%q in %q gives %q", value, charset, text)
		}
	})
}

// FuzzParsePath reads anything as a path. What is read once reads the same again.
func FuzzParsePath(f *testing.F) {
	f.Add("RequestAttributesSequence.ScheduledProcedureStepID")
	f.Add(`0029,xx10,"SIEMENS CSA HEADER".(0008,0060)`)
	h, _ := ScanDataset(bytes.NewReader(privateBlocks()), ExplicitVRLittleEndian)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		h.Texts(p)
		again, err := ParsePath(p.String())
		if err != nil || again.Known() != p.Known() {
			t.Errorf("%q: known %v, then %v with %v", s, p.Known(), again.Known(), err)
		}
	})
}

// checkTable asserts what every reader of a header's table relies on.
func checkTable(t *testing.T, h *Header, sent int) {
	t.Helper()
	if h.Consumed > int64(sent) {
		t.Fatalf("%d bytes consumed of %d", h.Consumed, sent)
	}
	for i, e := range h.elements {
		if int(e.end) <= i || int(e.end) > len(h.elements) {
			t.Fatalf("row %d of %d ends at %d", i, len(h.elements), e.end)
		}
		if value := h.value(i); e.flags&flagKept != 0 && len(value) != int(e.length) {
			t.Fatalf("row %d has %d bytes, want %d", i, len(value), e.length)
		}
		h.text(i, h.characterSet(nil, h.meta, len(h.elements)))
	}
}
