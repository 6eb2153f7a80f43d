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
		return nil, nil, errors.Join(err, errors.New("the file is empty"))
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
	file, err := os.Open(archive)
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
	if err := e.extractAll(root, tar.NewReader(stream)); err != nil {
		return err
	}
	return ended(stream)
}

// extractAll extracts every member of an archive.
func (e *Engine) extractAll(root *os.Root, members *tar.Reader) error {
	last := "at its begin"
	for {
		header, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", last, err)
		}
		m := member{header, root}
		if err := m.extract(e.Reserve.Writer, members); err != nil {
			return fmt.Errorf("member %q: %w", header.Name, cause(err))
		}
		last = fmt.Sprintf("behind member %q", header.Name)
	}
}

// ended reads to the end of the stream, which shows whether it was cut, and that
// nothing but padding is left: a second archive behind the first would be lost.
func ended(stream io.Reader) error {
	rest := make([]byte, 64<<10)
	for {
		n, err := stream.Read(rest)
		if len(bytes.Trim(rest[:n], "\x00")) > 0 {
			return &badArchive{errors.New("there is more behind its end, such as a second archive"), "pack all files into one archive"}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
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
