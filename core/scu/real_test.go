package scu_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/scu"
)

// slips are objects as models write them by mistake, which real peers take when
// they are sent as PS3.7 and PS3.8 say.
func slips(t *testing.T) []scu.File {
	return identified(t, "testdata/good-1.dcm", "testdata/meta-names-another-instance.dcm", "testdata/odd-length.dcm", "testdata/good-2.dcm")
}

// aCopyOf returns a copy of a real file whose SOP instance no other test has, for
// archives that keep what they have.
func aCopyOf(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	content, err := os.ReadFile(filepath.Join("../../../shared/data/dicom", name))
	if err != nil {
		testenv.Missing(t, "real DICOM files are not beside this clone")
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStorescpTakesSlips(t *testing.T) {
	r := testenv.Storescp(t)
	o := send(t, &scu.Sender{Address: r.Address()}, slips(t))
	if want := []int{0, 1, 2, 3}; !slices.Equal(o.sent(), want) {
		t.Fatalf("sent %v, want %v: %+v", o.sent(), want, o.last)
	}
	var instances []string
	for key := range r.Files() {
		instances = append(instances, string(key.Instance))
	}
	slices.Sort(instances)
	const root = "1.2.826.0.1.3680043.10.1479."
	if want := []string{root + "1", root + "2", root + "3", root + "4"}; !slices.Equal(instances, want) {
		t.Errorf("storescp has %v, want what the data sets name: %v", instances, want)
	}
}

func TestOrthancTakesSlips(t *testing.T) {
	orthanc := testenv.NewOrthanc(t)
	o := send(t, &scu.Sender{Address: orthanc.Address()}, slips(t))
	if want := []int{0, 1, 2, 3}; !slices.Equal(o.sent(), want) {
		t.Fatalf("sent %v, want %v: %+v", o.sent(), want, o.last)
	}
	for i := 1; i <= 4; i++ {
		orthanc.MustHave(dcm.UID(fmt.Sprintf("1.2.826.0.1.3680043.10.1479.%d", i)))
	}
}

// What is not compressed comes to a peer that takes one encoding only, and says
// there what it said in its own.
func TestUncompressedIsConverted(t *testing.T) {
	for option, test := range map[string]struct {
		to    dcm.UID
		files []string
	}{
		"+xi": {dcm.ImplicitVRLittleEndian, []string{"MR_small_bigendian.dcm", "MR_small_implicit.dcm", "MR_small.dcm", "image_dfl.dcm", "rtdose.dcm"}},
		"+xe": {dcm.ExplicitVRLittleEndian, []string{"image_dfl.dcm", "MR_small.dcm"}}, // it takes big endian too
	} {
		for _, name := range test.files {
			t.Run(option+" "+name, func(t *testing.T) {
				r := testenv.Storescp(t, option)
				path, to := aCopyOf(t, name), test.to
				file := identified(t, path)[0]
				o := send(t, &scu.Sender{Address: r.Address()}, []scu.File{file})
				if len(o.sent()) != 1 {
					t.Fatalf("%+v", o.last)
				}
				for key, got := range r.Files() {
					if key.Instance != file.SOPInstanceUID || key.TransferSyntax != to {
						continue
					}
					if want := converted(t, path, to); got.Dataset != want {
						t.Errorf("storescp has %d bytes, want %d", len(got.Dataset), len(want))
					}
					return
				}
				t.Errorf("storescp does not have %s in %s", file.SOPInstanceUID, to.Name())
			})
		}
	}
}

// converted is a file's data set in another encoding.
func converted(t *testing.T, path string, to dcm.UID) string {
	t.Helper()
	source := testenv.ReadFile(t, path)
	if source.TransferSyntax == to {
		return source.Dataset
	}
	var b strings.Builder
	if err := dcm.Convert(&b, strings.NewReader(source.Dataset), source.TransferSyntax, to); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Why a compressed object was not sent is said in words, with what the peer takes
// instead, and what can be done.
func TestCompressedToAPeerThatTakesNone(t *testing.T) {
	r := testenv.Storescp(t, "+xi")
	qr := testenv.Dcmqrscp(t)
	for name, address := range map[string]string{"storescp": r.Address(), "dcmqrscp": qr.Address()} {
		t.Run(name, func(t *testing.T) {
			o := send(t, &scu.Sender{Address: address, Dialer: qr.Dialer()}, identified(t, aCopyOf(t, "MR_small_jp2klossless.dcm"), aCopyOf(t, "MR_small_RLE.dcm")))
			for i, syntax := range []string{"JPEG 2000 Image Compression (Lossless Only) (transfer syntax 1.2.840.10008.1.2.4.90)", "RLE Lossless (transfer syntax 1.2.840.10008.1.2.5)"} {
				got := o.last[i]
				for _, want := range []string{"the peer takes MR Image Storage only in ", "Implicit VR Little Endian", syntax, "set decompress = true on the destination"} {
					if got.Sent || got.Retryable || !strings.Contains(got.Reason, want) {
						t.Errorf("%+v, want %q", got, want)
					}
				}
			}
		})
	}
}

// Where that is wanted, such a peer gets the objects uncompressed, with the pixels
// of the uncompressed original.
func TestDecompressed(t *testing.T) {
	original := testenv.ReadFile(t, aCopyOf(t, "MR_small.dcm")).Dataset
	pixels := original[strings.LastIndex(original, "\xe0\x7f\x10\x00OW")+12:][:64*64*2]
	for _, name := range []string{"MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"} {
		for _, option := range []string{"+xe", "+xi"} {
			t.Run(name+" "+option, func(t *testing.T) {
				for _, program := range []string{"dcmdrle", "dcmdjpls", "gdcmconv"} {
					testenv.Tool(t, program)
				}
				r := testenv.Storescp(t, option)
				s := &scu.Sender{Address: r.Address(), Decompress: func(ctx context.Context, in *os.File, syntax dcm.UID) (*os.File, error) {
					return decompress.File(ctx, in, syntax, decompress.Room{Dir: t.TempDir()})
				}}
				if o := send(t, s, identified(t, aCopyOf(t, name))); len(o.sent()) != 1 {
					t.Fatalf("%+v", o.last)
				}
				for _, got := range r.Files() {
					if !strings.Contains(got.Dataset, pixels) {
						t.Error("the pixels are not those of the original")
					}
				}
			})
		}
	}
}

// No association waits for a decoder: storescp, which serves one at a time, serves
// another one meanwhile.
func TestNoAssociationWaitsForADecoder(t *testing.T) {
	testenv.Tool(t, "dcmdrle")
	r := testenv.Storescp(t, "+xe")
	files := append(identified(t, aCopyOf(t, "MR_small_RLE.dcm"), aCopyOf(t, "MR_small_jpeg_ls_lossless.dcm")), images(t, 2)...)
	s := &scu.Sender{Address: r.Address(), Decompress: func(ctx context.Context, in *os.File, syntax dcm.UID) (*os.File, error) {
		other, err := (&dimse.Dialer{Timeout: 5 * time.Second}).Dial(ctx, r.Address(),
			[]dimse.PresentationContext{{AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}})
		if err != nil {
			t.Errorf("while an object is decompressed: %v", err)
		} else {
			_ = other.Release(ctx)
		}
		return decompress.File(ctx, in, syntax, decompress.Room{Dir: t.TempDir()})
	}}
	o := send(t, s, files)
	if want := []int{0, 1, 2, 3}; !slices.Equal(o.sent(), want) || len(o.answered) != 2 {
		t.Errorf("sent %v over %d associations, want %v over 2: %+v", o.sent(), len(o.answered), want, o.last)
	}
}

// An object that its decoder fails at is named, and keeps no other from being sent.
func TestDecompressionThatFails(t *testing.T) {
	r := testenv.Storescp(t, "+xe")
	files := append(identified(t, aCopyOf(t, "MR_small_RLE.dcm")), images(t, 2)...)
	s := &scu.Sender{Address: r.Address(), Decompress: func(context.Context, *os.File, dcm.UID) (*os.File, error) {
		return nil, errors.New("dcmdrle is not installed")
	}}
	o := send(t, s, files)
	if got := o.last[0]; got.Sent || got.Retryable || !strings.Contains(got.Reason, "dcmdrle is not installed") || !slices.Equal(o.sent(), []int{1, 2}) {
		t.Errorf("sent %v, %+v", o.sent(), got)
	}
	for _, now := range []error{syscall.ENOSPC, &decompress.NotNowError{Cause: errors.New("dcmdrle ended with signal: killed")}} {
		s.Decompress = func(context.Context, *os.File, dcm.UID) (*os.File, error) { return nil, now }
		if got := send(t, s, files).last[0]; got.Sent || !got.Retryable {
			t.Errorf("%v: %+v, want it to be tried again", now, got)
		}
	}
}

// dcmqrscp takes what its configuration lets it store.
func TestDcmqrscpTakesSlips(t *testing.T) {
	qr := testenv.Dcmqrscp(t)
	o := send(t, &scu.Sender{Address: qr.Address(), Dialer: qr.Dialer()}, slips(t))
	if want := []int{0, 1, 2, 3}; !slices.Equal(o.sent(), want) {
		t.Fatalf("sent %v, want %v: %+v", o.sent(), want, o.last)
	}
}

// storescp takes as many associations at once as it is asked for.
func TestSeveralAssociationsWithStorescp(t *testing.T) {
	r := testenv.Storescp(t, "+xa", "--fork")
	o := send(t, &scu.Sender{Address: r.Address(), Associations: 4}, images(t, 20))
	if len(o.sent()) != 20 || len(r.Files()) != 20 || len(o.answered) < 2 {
		t.Errorf("sent %v over %d associations, storescp has %d", o.sent(), len(o.answered), len(r.Files()))
	}
}

// storescp gets the other objects where the connection breaks at one.
func TestStorescpBreaksAtOneObject(t *testing.T) {
	r := testenv.Storescp(t)
	files := slips(t)
	address := breaks(t, r.Address(), files[1].SOPInstanceUID)
	o := send(t, &scu.Sender{Address: address, Dialer: &dimse.Dialer{}}, files)
	if want := []int{0, 2, 3}; !slices.Equal(o.sent(), want) || len(r.Files()) != 3 {
		t.Errorf("sent %v, want %v; storescp has %d", o.sent(), want, len(r.Files()))
	}
}
