package scu

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/redact"
)

// errCompressed says that a peer takes an object only uncompressed.
var errCompressed = errors.New("the peer takes it only uncompressed")

// mostPlain is how many objects are decompressed before they are sent: they take
// room on the disk until then.
const mostPlain = 32

// plain is an object that has been decompressed.
type plain struct {
	*os.File
	object
}

// decompressible reports whether an object that a peer does not take as it is can
// be decompressed for it.
func (s *Sender) decompressible(association *dimse.Conn, o object) bool {
	own := o.TransferSyntaxUID
	o.TransferSyntaxUID = dcm.ExplicitVRLittleEndian
	_, ok := accepted(association, o)
	return ok && s.Decompress != nil && decompress.Can(own)
}

// uncompressed sends what the peer has turned out to take only uncompressed. A
// decoder may need minutes, which a peer would not wait: objects are decompressed
// while there is no association, and some at a time.
func (t *try) uncompressed(ctx context.Context) error {
	for waiting := t.compressed; len(waiting) > 0; {
		some := waiting[:min(mostPlain, len(waiting))]
		waiting = waiting[len(some):]
		if more, err := t.inPlain(ctx, some); err != nil || !more {
			return err
		}
	}
	return nil
}

// inPlain decompresses some files, and sends them.
func (t *try) inPlain(ctx context.Context, indexes []int) (more bool, err error) {
	t.plain = map[int]plain{}
	defer func() {
		for _, p := range t.plain {
			_ = p.Close()
		}
	}()
	var ready []int
	for _, i := range indexes {
		p, err := t.decompressed(ctx, i)
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case err != nil:
			if err := t.result(i, unreadable(err)); err != nil {
				return false, err
			}
		default:
			t.plain[i], t.files[i].TransferSyntaxUID, ready = p, p.TransferSyntaxUID, append(ready, i)
		}
	}
	for _, p := range plans(t.files, ready) {
		if more, err := t.carry(ctx, p); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// decompressed decompresses a file.
func (t *try) decompressed(ctx context.Context, i int) (p plain, err error) {
	file, compressed, err := t.open(t.files[i].Name)
	if err != nil {
		return plain{}, err
	}
	defer file.Close()
	out, err := t.Decompress(ctx, file, compressed.TransferSyntaxUID)
	if passing(err) {
		return plain{}, err
	}
	if err != nil {
		return plain{}, &UnsendableError{redact.Paths(err).Error()}
	}
	o, err := inspect(out)
	if err == nil && (o.SOPInstanceUID != compressed.SOPInstanceUID || o.SOPClassUID != compressed.SOPClassUID || o.TransferSyntaxUID != dcm.ExplicitVRLittleEndian) {
		err = &UnsendableError{"its decoder made another object of it"}
	}
	if err != nil {
		return plain{}, errors.Join(err, out.Close())
	}
	return plain{out, o}, nil
}

// contents are the bytes of a file that is to be sent.
type contents interface {
	io.ReaderAt
	io.Closer
}

// kept are contents that are closed elsewhere.
type kept struct{ io.ReaderAt }

// Close implements io.Closer.
func (kept) Close() error { return nil }

// file returns a file to send: as it has been decompressed, or as it is.
func (t *try) file(i int) (contents, object, error) {
	if p, ok := t.plain[i]; ok {
		return kept{p.File}, p.object, nil
	}
	return t.open(t.files[i].Name)
}
