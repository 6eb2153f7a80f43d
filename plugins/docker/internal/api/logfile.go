package api

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// LogFile reads the output of one stream of a container from the files that the
// engine's log driver "local" writes on this host. It is some fifty times as
// fast as asking the engine, which sends each line by itself, and keeps long
// lines as they are.
//
// A record is a length of four bytes, an entry in protocol buffers, and the
// length once more. The file "container.log" is renamed when it has its size,
// to "container.log.1" and so on.
type LogFile struct {
	path   string
	source string
	file   *os.File
	in     *bufio.Reader
	at     int64 // where the next record begins
	torn   int64 // the size at which a file that is written no more had something left
	frame  []byte
}

// ErrForeignLog tells that a log is not written as it is known here: the engine
// has to be asked.
var ErrForeignLog = errors.New("docker's log file is of an unknown form")

// OpenLogFile opens one stream of a container's output, given the engine's
// folder on this host. What was last written before since may be left out.
func OpenLogFile(root, id string, stderr bool, since time.Time) (*LogFile, error) {
	l := &LogFile{path: filepath.Join(root, "containers", id, "local-logs", "container.log"), source: "stdout"}
	if stderr {
		l.source = "stderr"
	}
	const slack = time.Second // the kernel's times of files lag behind the clock
	err := l.settled(func(files []fs.FileInfo) error {
		n := len(files) - 1
		for n > 0 && files[n].ModTime().Add(slack).Before(since) {
			n--
		}
		return l.open(n, files[n])
	})
	return l, err
}

// Close ends the reading.
func (l *LogFile) Close() error { return l.file.Close() }

// Buffered tells that the next message can be read without waiting: a file has
// no waiting.
func (l *LogFile) Buffered() bool { return true }

// Next returns the next message, or io.EOF at the present end; more may come
// behind it later.
func (l *LogFile) Next() (LogMessage, error) {
	for {
		entry, err := l.record()
		if errors.Is(err, io.EOF) {
			if err = l.turn(); err == nil {
				continue
			}
		}
		if err != nil {
			return LogMessage{}, err
		}
		message, source, err := decodeEntry(entry)
		if err != nil || string(source) == l.source {
			return message, err
		}
	}
}

// record returns the next record of the present file, or io.EOF if it is not
// all there yet.
func (l *LogFile) record() ([]byte, error) {
	var size [4]byte
	_, err := io.ReadFull(l.in, size[:])
	if err == nil {
		n := int(binary.BigEndian.Uint32(size[:]))
		if n > maxMessage {
			return nil, ErrForeignLog
		}
		if cap(l.frame) < n+4 {
			l.frame = make([]byte, n+4)
		}
		l.frame = l.frame[:n+4]
		if _, err = io.ReadFull(l.in, l.frame); err == nil {
			if binary.BigEndian.Uint32(l.frame[n:]) != uint32(n) {
				return nil, ErrForeignLog
			}
			l.at += int64(n) + 8
			return l.frame[:n], nil
		}
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if _, err := l.file.Seek(l.at, io.SeekStart); err != nil {
		return nil, err
	}
	l.in.Reset(l.file)
	return nil, io.EOF
}

// turn goes on to the file that was begun after the present one, or returns
// io.EOF if there is none. What was written to the present one after it was
// read, and before it got another name, is read first.
func (l *LogFile) turn() error {
	return l.settled(func(files []fs.FileInfo) error {
		mine, err := l.file.Stat()
		if err != nil {
			return err
		}
		n := slices.IndexFunc(files, func(info fs.FileInfo) bool { return os.SameFile(info, mine) })
		switch {
		case n == 0:
			return io.EOF
		case mine.Size() > l.at && l.torn != mine.Size():
			l.torn = mine.Size() // if that is no whole record, it never will be
			return nil
		case n < 0: // removed meanwhile: what is left begins with the oldest
			n = len(files)
		}
		before := l.file
		if err := l.open(n-1, files[n-1]); err != nil {
			return err
		}
		return before.Close()
	})
}

// errUnsettled tells that the engine is giving the files other names at this
// moment.
var errUnsettled = errors.New("docker's log files do not come to rest")

// settled calls use with the log's files, newest first, until it finds them as
// they were listed.
func (l *LogFile) settled(use func([]fs.FileInfo) error) error {
	for try := 0; ; try++ {
		files, err := l.list()
		if err == nil {
			err = use(files)
		}
		if !errors.Is(err, errUnsettled) || try == 1000 {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// list returns the log's files, newest first. The engine renames them one by
// one, the oldest first: while it does so, a number is missing, or a file is
// met a second time by one who goes the other way.
func (l *LogFile) list() ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(filepath.Dir(l.path))
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), filepath.Base(l.path)) })
	var files []fs.FileInfo
	for n := range entries {
		info, err := os.Stat(l.name(n))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errUnsettled
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(files, func(before fs.FileInfo) bool { return os.SameFile(before, info) }) {
			return nil, errUnsettled
		}
		files = append(files, info)
	}
	if len(files) == 0 {
		return nil, fs.ErrNotExist
	}
	return files, nil
}

// open opens the nth file if it is still the one that was listed.
func (l *LogFile) open(n int, listed fs.FileInfo) error {
	file, err := os.Open(l.name(n))
	if errors.Is(err, fs.ErrNotExist) {
		return errUnsettled
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && !os.SameFile(info, listed) {
		err = errUnsettled
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.at, l.torn = file, 0, 0
	l.in = bufio.NewReaderSize(file, 256<<10)
	return nil
}

func (l *LogFile) name(n int) string {
	if n == 0 {
		return l.path
	}
	return fmt.Sprintf("%s.%d", l.path, n)
}
