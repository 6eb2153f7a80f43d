package testenv

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// CallingAE is how the tests' senders call themselves.
const CallingAE = "SCANNER"

// Send sends files with dcmtk's storescu over one association.
func (s *Site) Send(files ...string) {
	s.t.Helper()
	if output, err := Storescu(s.t, s.DICOM(), nil, files...); err != nil {
		s.t.Fatalf("storescu: %v\n%s", err, output)
	}
}

// Storescu runs dcmtk's storescu with options and returns what it says.
func Storescu(t testing.TB, to string, options []string, files ...string) (string, error) {
	t.Helper()
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-aet", CallingAE, "-aec", "RADDEPLOY", "-R"}, options...)
	return Command(t, "storescu", append(append(args, host, port), files...)...)
}

// Sender is an association that sends one object at a time, for tests that
// decide what happens between two.
type Sender struct {
	*dimse.Conn
	t testing.TB
}

// Dial opens an association for CT images in explicit VR little endian.
func Dial(t testing.TB, address string) *Sender {
	t.Helper()
	dialer := &dimse.Dialer{CallingAE: CallingAE}
	conn, err := dialer.Dial(t.Context(), address, []dimse.PresentationContext{
		{AbstractSyntax: CT, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Sender{conn, t}
}

// Store sends an object as if its data set were dataset.
func (s *Sender) Store(o Object, dataset []byte) (dimse.Status, error) {
	return s.StoreFrom(o, bytes.NewReader(dataset), int64(len(dataset)))
}

// StoreFrom sends an object whose data set is read as it goes.
func (s *Sender) StoreFrom(o Object, dataset io.Reader, size int64) (dimse.Status, error) {
	return s.Conn.Store(s.t.Context(), dimse.StoreMessage{
		SOPClassUID:       CT,
		SOPInstanceUID:    o.Instance,
		TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
		Data:              dataset,
		Size:              size,
	})
}

// MustStore sends objects, each of which has to be answered with success.
func (s *Sender) MustStore(objects ...Object) {
	s.t.Helper()
	for _, o := range objects {
		if status, err := s.Store(o, o.Dataset()); err != nil || !status.Success() {
			s.t.Fatalf("store: %v, %v", status, err)
		}
	}
}

// MustRelease ends the association in order.
func (s *Sender) MustRelease() {
	s.t.Helper()
	if err := s.Release(s.t.Context()); err != nil {
		s.t.Fatal(fmt.Errorf("release: %w", err))
	}
}
