package api

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// entry writes a record as the engine does. last is only heeded for a part of a
// line.
func entry(source, line string, nanos int64, partial, last bool) []byte {
	var body []byte
	body = protowire.AppendTag(body, fieldSource, protowire.BytesType)
	body = protowire.AppendString(body, source)
	body = protowire.AppendTag(body, fieldTime, protowire.VarintType)
	body = protowire.AppendVarint(body, uint64(nanos))
	body = protowire.AppendTag(body, fieldLine, protowire.BytesType)
	body = protowire.AppendString(body, line)
	if partial {
		body = protowire.AppendTag(body, fieldPartial, protowire.VarintType)
		body = protowire.AppendVarint(body, 1)
		var metadata []byte
		if last {
			metadata = protowire.AppendTag(metadata, fieldLast, protowire.VarintType)
			metadata = protowire.AppendVarint(metadata, 1)
		}
		body = protowire.AppendTag(body, fieldMetadata, protowire.BytesType)
		body = protowire.AppendBytes(body, metadata)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	return binary.BigEndian.AppendUint32(append(out, body...), uint32(len(body)))
}

func TestLogFileIsFollowedThroughItsNames(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "containers", "id", "local-logs")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "container.log")
	write := func(records ...[]byte) {
		t.Helper()
		file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, record := range records {
			if _, err := file.Write(record); err != nil {
				t.Fatal(err)
			}
		}
	}
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	write(entry("stdout", "one", 1, false, false), entry("stderr", "other", 2, false, false))
	log, err := OpenLogFile(root, "id", false, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	next := func(want string) {
		t.Helper()
		message, err := log.Next()
		if want == "" {
			if !errors.Is(err, io.EOF) {
				t.Fatalf("got %q, %v, want the end", message.Data, err)
			}
			return
		}
		if err != nil || string(message.Data) != want {
			t.Fatalf("got %q, %v, want %q", message.Data, err, want)
		}
	}
	next("one\n")
	next("")
	next("")
	write(entry("stdout", "a long", 3, true, false), entry("stdout", " line", 3, true, true), entry("stdout", "", 4, false, false))
	next("a long")
	next(" line\n")
	next("\n")
	whole := entry("stdout", "in two writes", 5, false, false)
	write(whole[:7])
	next("")
	write(whole[7:])
	next("in two writes\n")
	write(entry("stdout", "before the new file", 6, false, false))
	rename(name, name+".1")
	write(entry("stdout", "in the new file", 7, false, false))
	rename(name+".1", name+".2")
	rename(name, name+".1")
	write(entry("stdout", "in the newest", 8, true, false))
	next("before the new file\n")
	next("in the new file\n")
	next("in the newest")
	next("")
	write([]byte("something else altogether"))
	if _, err := log.Next(); !errors.Is(err, ErrForeignLog) {
		t.Errorf("a file that is no log: %v", err)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add(entry("stdout", "line", 1, true, true)[4:])
	f.Fuzz(func(t *testing.T, data []byte) {
		message, _, err := decodeEntry(data)
		if err == nil && len(message.Data) > len(data)+1 {
			t.Errorf("%d bytes from %d", len(message.Data), len(data))
		}
	})
}
