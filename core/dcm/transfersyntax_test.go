package dcm

import "testing"

func TestPreferredTransferSyntax(t *testing.T) {
	const lossyJPEG, lossyJ2K, losslessJ2K, jpegLS, nearLossless, mpeg, private UID = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91",
		"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.102", "1.2.3.4.5"
	for _, test := range []struct {
		name    string
		offered []UID
		want    UID
	}{
		{"nothing", nil, ""},
		{"nothing valid", []UID{"../..", "x"}, ""},
		{"one", []UID{lossyJPEG}, lossyJPEG},
		{"implicit before explicit", []UID{ImplicitVRLittleEndian, ExplicitVRLittleEndian}, ExplicitVRLittleEndian},
		{"implicit, something, explicit", []UID{ImplicitVRLittleEndian, lossyJPEG, ExplicitVRBigEndian, ExplicitVRLittleEndian}, ExplicitVRLittleEndian},
		{"implicit before big endian", []UID{ImplicitVRLittleEndian, ExplicitVRBigEndian}, ImplicitVRLittleEndian},
		{"lossy before explicit", []UID{lossyJPEG, ExplicitVRLittleEndian}, ExplicitVRLittleEndian},
		{"lossy before implicit", []UID{lossyJPEG, ImplicitVRLittleEndian}, ImplicitVRLittleEndian},
		{"lossy before lossless", []UID{lossyJPEG, losslessJ2K, ExplicitVRLittleEndian}, losslessJ2K},
		{"lossless first", []UID{jpegLS, ImplicitVRLittleEndian, ExplicitVRLittleEndian}, jpegLS},
		{"what may be lossy before lossless", []UID{lossyJ2K, losslessJ2K}, losslessJ2K},
		{"near-lossless before lossless", []UID{nearLossless, jpegLS}, jpegLS},
		{"lossy before native in fragments", []UID{lossyJPEG, "1.2.840.10008.1.2.1.98"}, "1.2.840.10008.1.2.1.98"},
		{"lossy ones alone", []UID{mpeg, lossyJPEG}, mpeg},
		{"a private one before a known one", []UID{private, ImplicitVRLittleEndian}, ImplicitVRLittleEndian},
		{"invalid ones before", []UID{"no UID", lossyJPEG}, lossyJPEG},
	} {
		if got := Preferred(test.offered); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
