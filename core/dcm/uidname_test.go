package dcm

import "testing"

func TestUIDName(t *testing.T) {
	for uid, want := range map[UID]string{
		"1.2.840.10008.5.1.4.1.1.2": "CT Image Storage",
		ExplicitVRBigEndian:         "Explicit VR Big Endian",
		"1.2.840.10008.1.2.5":       "RLE Lossless",
		"1.2.840.10008.1.2.4.201":   "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
		"1.2.826.0.1":               "1.2.826.0.1",
		"":                          "",
	} {
		if got := uid.Name(); got != want {
			t.Errorf("%q is named %q, want %q", uid, got, want)
		}
	}
}
