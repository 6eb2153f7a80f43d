// Package decompress turns compressed DICOM objects into uncompressed ones, for
// peers that take no others.
//
// A Part 10 file comes in, and another one in explicit little endian goes out, with
// the same SOP instance. The decoders are those of dcmtk and GDCM, each a process
// of its own whose memory, time and output are limited and which has no network:
// what is decoded may be hostile. The package must not compress, and must not
// decode in the process of its caller.
package decompress

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/isolate"
	"github.com/raddeploy/raddeploy/core/problem"
)

// decoder is a program that decodes, and the package of Debian that has it.
type decoder struct {
	name, option, from string
}

var (
	dcmdjpeg = decoder{"dcmdjpeg", "+te", "dcmtk"}
	dcmdjpls = decoder{"dcmdjpls", "+te", "dcmtk"}
	dcmdrle  = decoder{"dcmdrle", "+te", "dcmtk"}
	gdcmconv = decoder{"gdcmconv", "--raw", "libgdcm-tools"}
)

// decoders are what decodes a transfer syntax.
var decoders = map[dcm.UID]decoder{
	"1.2.840.10008.1.2.5":    dcmdrle,
	"1.2.840.10008.1.2.4.50": dcmdjpeg, // baseline
	"1.2.840.10008.1.2.4.51": dcmdjpeg, // extended
	"1.2.840.10008.1.2.4.57": dcmdjpeg, // lossless
	"1.2.840.10008.1.2.4.70": dcmdjpeg, // lossless, first-order prediction
	"1.2.840.10008.1.2.4.80": dcmdjpls,
	"1.2.840.10008.1.2.4.81": dcmdjpls,
	"1.2.840.10008.1.2.4.90": gdcmconv, // JPEG 2000
	"1.2.840.10008.1.2.4.91": gdcmconv,
}

// Can reports whether objects in a transfer syntax can be decompressed, where the
// programs for it are installed.
func Can(syntax dcm.UID) bool {
	_, ok := decoders[syntax]
	return ok
}

// Missing says why objects in a transfer syntax cannot be decompressed on this
// machine; nil: they can be.
func Missing(syntax dcm.UID) error {
	_, _, err := find(syntax)
	return err
}

// find finds the decoder of a transfer syntax, and its program.
func find(syntax dcm.UID) (d decoder, program string, err error) {
	d, ok := decoders[syntax]
	if !ok {
		return d, "", fmt.Errorf("%s cannot be decompressed", syntax.Name())
	}
	if program, err = exec.LookPath(d.name); err != nil {
		return d, "", problem.New(fmt.Sprintf("decompress %s: %s is not installed", syntax.Name(), d.name), "install the package "+d.from+" on the agent's host")
	}
	return d, program, nil
}

// Limits of a decoder's process.
const (
	maxMemory = 4 << 30 // bytes of its address space
	maxOutput = 8 << 30 // bytes
	maxTime   = 5 * time.Minute
)

// Room is where uncompressed files are put.
type Room struct {
	Dir string
	// Free returns how many bytes may be written now, or why none; nil: as many as
	// one file may have.
	Free func() (uint64, error)
}

// bytes are how many a file may have.
func (r Room) bytes() (int64, error) {
	if r.Free == nil {
		return maxOutput, nil
	}
	free, err := r.Free()
	if err != nil {
		return 0, &NotNowError{err}
	}
	return int64(min(free, maxOutput)), nil
}

// NotNowError says that an object was not decompressed for a reason that has
// nothing to do with it: the disk is short, or the decoder was killed or did not
// end in time. It may go better later.
type NotNowError struct{ Cause error }

func (e *NotNowError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *NotNowError) Unwrap() error { return e.Cause }

// File decompresses a Part 10 file that is in a transfer syntax that Can says. The
// file it returns has no name any more, so that it goes with its last use, and
// stands at its beginning. An error says which program is missing or failed, and
// nothing of the object; see [NotNowError].
func File(ctx context.Context, in *os.File, syntax dcm.UID, room Room) (out *os.File, err error) {
	d, program, err := find(syntax)
	if err != nil {
		return nil, err
	}
	out, err = os.CreateTemp(room.Dir, ".decompressed-*")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.Remove(out.Name()), d.runInTurn(ctx, program, in, out, room)); err != nil {
		_ = out.Close()
		return nil, fmt.Errorf("decompress %s: %w", syntax.Name(), err)
	}
	return out, nil
}

// turns bounds how many decoders run at once, however many associations there are:
// each may take much memory and disk.
var turns = make(chan struct{}, max(2, runtime.NumCPU()))

// runInTurn runs the decoder when it is its turn.
func (d decoder) runInTurn(ctx context.Context, program string, in, out *os.File, room Room) error {
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
		most, err := room.bytes()
		if err != nil {
			return err
		}
		return d.run(ctx, program, in, out, most)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run runs the decoder, which may write so many bytes. It knows both files by their
// descriptors only, and opens them anew by these, so that it begins at their
// beginnings.
func (d decoder) run(ctx context.Context, program string, in, out *os.File, most int64) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, &NotNowError{fmt.Errorf("%s did not end within %s", d.name, maxTime)})
	defer cancel()
	// a shell limits itself, and becomes the decoder
	const limited = `ulimit -v "$1" && ulimit -f "$2" && ulimit -t "$3" && shift 3 && exec "$@"`
	command := exec.CommandContext(ctx, "/bin/sh", "-c", limited, "sh", kilobytes(maxMemory), blocks(most), strconv.Itoa(int(maxTime.Seconds())),
		program, d.option, "/proc/self/fd/3", "/proc/self/fd/4")
	command.ExtraFiles = []*os.File{in, out}
	command.Env = []string{"LC_ALL=C"}
	if err := isolate.Command(command); err != nil {
		return err
	}
	err := command.Run()
	switch exit := new(exec.ExitError); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit): // what it printed may tell of the object
		return d.failed(exit, out, most)
	}
	return problem.New(fmt.Sprintf("%s cannot be run without a network: %v", d.name, err), "allow the agent user namespaces")
}

// failed says how the decoder ended, and whether that is the object's doing.
func (d decoder) failed(exit *exec.ExitError, out *os.File, most int64) error {
	err := fmt.Errorf("%s ended with %s", d.name, exit.ProcessState)
	if info, unknown := out.Stat(); unknown == nil && most < maxOutput && info.Size() >= most/512*512 {
		return &NotNowError{fmt.Errorf("%w: the disk has no room for what it writes", err)}
	}
	if isolate.Killed(exit.ProcessState) {
		return &NotNowError{err}
	}
	return err
}

func kilobytes(bytes int64) string { return strconv.FormatInt(bytes>>10, 10) }

// blocks are those of 512 bytes in which POSIX has a shell count.
func blocks(bytes int64) string { return strconv.FormatInt(bytes/512, 10) }
