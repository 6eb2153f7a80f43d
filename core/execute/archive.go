package execute

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/raddeploy/raddeploy/core/internal/regular"
)

// archiveSuffixes are behind the names of archives, in the order in which they
// are looked for.
var archiveSuffixes = []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"}

// decompressed returns what is in a stream, by its first bytes: an archive may
// have been named for another compression than it has.
func decompressed(file io.Reader) (io.Reader, func(), error) {
	stream := bufio.NewReaderSize(file, 1<<20)
	first, err := stream.Peek(6)
	if len(first) == 0 {
		return nil, nil, fmt.Errorf("at its beginning: %w", err)
	}
	begins := func(magic string) bool { return bytes.HasPrefix(first, []byte(magic)) }
	none := func() {}
	switch {
	case begins("\x1f\x8b"):
		r, err := gzip.NewReader(stream)
		return r, none, err
	case begins("\xfd7zXZ\x00"):
		r, err := xz.NewReader(stream)
		return r, none, err
	case begins("BZh"):
		return bzip2.NewReader(stream), none, nil
	case begins("\x28\xb5\x2f\xfd"), len(first) > 3 && first[0]&0xf0 == 0x50 && string(first[1:4]) == "\x2a\x4d\x18":
		r, err := zstd.NewReader(stream)
		if err != nil {
			return nil, nil, err
		}
		return r, r.Close, nil
	}
	return stream, none, nil
}

// unpack unpacks an archive into a new folder. Nothing that it says leads out of
// that.
func (e *Engine) unpack(archive, folder string) error {
	file, err := regular.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	stream, closeStream, err := decompressed(file)
	if err != nil {
		return err
	}
	defer closeStream()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	padded := &padding{stream: stream}
	if err := e.extractAll(root, tar.NewReader(padded)); err != nil {
		return err
	}
	return padded.ended()
}

// extractAll extracts every member of an archive.
func (e *Engine) extractAll(root *os.Root, members *tar.Reader) error {
	last := "at its beginning"
	for {
		header, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", last, err)
		}
		m := member{header, root}
		if err := escapes(m.extract(e.Reserve.Writer, members)); err != nil {
			return fmt.Errorf("member %q: %w", header.Name, cause(err))
		}
		last = fmt.Sprintf("behind member %q", header.Name)
	}
}

// padding counts the zeros that a stream ends with. An archive ends with blocks
// of them (POSIX pax, "ustar Interchange Format"): without, it was cut.
type padding struct {
	stream io.Reader
	zeros  int
}

func (p *padding) Read(b []byte) (int, error) {
	n, err := p.stream.Read(b)
	zeros := n - len(bytes.TrimRight(b[:n], "\x00"))
	if zeros == n {
		zeros += p.zeros
	}
	p.zeros = zeros
	return n, err
}

// ended reads to the end of the stream, and checks that nothing but padding is
// left: a second archive behind the first would be lost.
func (p *padding) ended() error {
	rest := make([]byte, 64<<10)
	for {
		n, err := p.Read(rest)
		if p.zeros < n {
			return &badArchive{errors.New("there is more behind its end, such as a second archive"), "pack all files into one archive"}
		}
		if errors.Is(err, io.EOF) && p.zeros < 512 {
			err = io.ErrUnexpectedEOF
		} else if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("at its end: %w", err)
		}
	}
}

// badArchive is an archive that no other try could unpack.
type badArchive struct {
	cause  error
	advice string
}

func (e *badArchive) Error() string { return e.cause.Error() }
func (e *badArchive) Unwrap() error { return e.cause }

// Hint returns the advice.
func (e *badArchive) Hint() string { return e.advice }
