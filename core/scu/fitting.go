package scu

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/redact"
)

// fitting returns an object and the transfer syntax in which it can be sent on an
// association: the object as it is, or uncompressed, in another file then. With an
// error the file is closed.
func (s *Sender) fitting(ctx context.Context, association *dimse.Conn, file *os.File, o object) (*os.File, object, dcm.UID, error) {
	if syntax, ok := accepted(association, o); ok {
		return file, o, syntax, nil
	}
	defer file.Close()
	plain := o
	plain.TransferSyntaxUID = dcm.ExplicitVRLittleEndian
	if syntax, ok := accepted(association, plain); ok && s.Decompress != nil && decompress.Can(o.TransferSyntaxUID) {
		file, plain, err := s.uncompressed(ctx, file, o)
		return file, plain, syntax, err
	}
	return nil, o, "", &UnsendableError{s.notAccepted(association, o)}
}

// accepted returns the first of an object's transfer syntaxes that the peer takes.
func accepted(association *dimse.Conn, o object) (dcm.UID, bool) {
	options := syntaxes(o.TransferSyntaxUID)
	i := slices.IndexFunc(options, func(syntax dcm.UID) bool { return association.Accepted(o.SOPClassUID, syntax) })
	if i < 0 {
		return "", false
	}
	return options[i], true
}

// uncompressed returns an object's uncompressed file, and what that is.
func (s *Sender) uncompressed(ctx context.Context, file *os.File, compressed object) (*os.File, object, error) {
	out, err := s.Decompress(ctx, file, compressed.TransferSyntaxUID)
	if passing(err) {
		return nil, object{}, err
	}
	if err != nil {
		return nil, object{}, &UnsendableError{redact.Paths(err).Error()}
	}
	o, err := inspect(out)
	if err == nil && (o.SOPInstanceUID != compressed.SOPInstanceUID || o.SOPClassUID != compressed.SOPClassUID || o.TransferSyntaxUID != dcm.ExplicitVRLittleEndian) {
		err = &UnsendableError{"its decoder made another object of it"}
	}
	if err != nil {
		return nil, o, errors.Join(err, out.Close())
	}
	return out, o, nil
}

// notAccepted says in words why an object cannot be sent on an association: what
// the peer takes of its SOP class, and what can be done.
func (s *Sender) notAccepted(association *dimse.Conn, o object) string {
	class, syntax := o.SOPClassUID.Name(), o.TransferSyntaxUID.Name()
	var takes []string
	for _, c := range association.Contexts() {
		if c.AbstractSyntax == o.SOPClassUID {
			takes = append(takes, c.TransferSyntax.Name())
		}
	}
	if len(takes) == 0 {
		var offered []string
		for _, c := range missing(nil, o.File) {
			offered = append(offered, c.TransferSyntaxes[0].Name())
		}
		return fmt.Sprintf("the peer does not take %s (SOP class %s) in %s: enable it there", class, o.SOPClassUID, strings.Join(offered, " or "))
	}
	advice := "enable that at the peer, or have the model write uncompressed objects"
	if s.Decompress == nil && decompress.Can(o.TransferSyntaxUID) {
		advice = "enable that at the peer, have the model write uncompressed objects, or set decompress = true on the destination"
	}
	return fmt.Sprintf("the peer takes %s only in %s, and the object is in %s (transfer syntax %s): %s",
		class, strings.Join(takes, " and "), syntax, o.TransferSyntaxUID, advice)
}
