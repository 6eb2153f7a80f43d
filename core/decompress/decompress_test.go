package decompress

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// folder has real DICOM files, beside a developer's clone.
const folder = "../../../shared/data/dicom"

func open(t *testing.T, name string) (*os.File, dcm.UID) {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		missing(t, name)
	}
	t.Cleanup(func() { file.Close() })
	header, err := dcm.ScanFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, header.TransferSyntax
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what + " is not there")
	}
	t.Skip(what + " is not there: run make services; real files are beside a developer's clone")
}

// scan returns the header and the pixel data of an uncompressed file.
func scan(t *testing.T, file *os.File) (header *dcm.Header, pixels string) {
	t.Helper()
	if _, err := file.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	header, err := dcm.ScanFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file.Name())
	if err != nil { // it has no name any more
		info, _ := file.Stat()
		content = make([]byte, info.Size())
		if _, err := file.ReadAt(content, 0); err != nil {
			t.Fatal(err)
		}
	}
	i := strings.LastIndex(string(content), "\xe0\x7f\x10\x00O")
	return header, string(content[i+12:])
}

// Real objects come out with their own pixels: the lossless ones bit for bit those
// of the uncompressed object that they were made from.
func TestFile(t *testing.T) {
	original, _ := open(t, "MR_small.dcm")
	_, mr := scan(t, original)
	for _, test := range []struct {
		name   string
		size   int
		pixels string // "": lossy
	}{
		{"MR_small_RLE.dcm", 64 * 64 * 2, mr},
		{"MR_small_jpeg_ls_lossless.dcm", 64 * 64 * 2, mr},
		{"MR_small_jp2klossless.dcm", 64 * 64 * 2, mr},
		{"JPGExtended.dcm", 1024 * 256 * 2, ""},
		{"JPEG2000.dcm", 1024 * 256 * 2, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			in, syntax := open(t, test.name)
			if d := decoders[syntax]; d.name == "" {
				t.Fatalf("nothing decodes %s", syntax.Name())
			} else if _, err := exec.LookPath(d.name); err != nil {
				missing(t, d.name)
			}
			out, err := File(t.Context(), in, syntax, Room{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			before, err := dcm.ScanFile(newStart(t, in))
			if err != nil {
				t.Fatal(err)
			}
			after, pixels := scan(t, out)
			if after.TransferSyntax != dcm.ExplicitVRLittleEndian || after.UID(dcm.SOPInstanceUID) != before.UID(dcm.SOPInstanceUID) {
				t.Errorf("it is SOP instance %s in %s", after.UID(dcm.SOPInstanceUID), after.TransferSyntax.Name())
			}
			if len(pixels) < test.size || test.pixels != "" && pixels[:test.size] != test.pixels[:test.size] {
				t.Errorf("%d bytes of pixels, want %d, and those of the original", len(pixels), test.size)
			}
		})
	}
}

func newStart(t *testing.T, file *os.File) *os.File {
	t.Helper()
	if _, err := file.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	return file
}

// What a decoder cannot decode is an error that says so, and nothing stays of it.
func TestWhatIsNotDecodable(t *testing.T) {
	if _, err := exec.LookPath("dcmdjpeg"); err != nil {
		missing(t, "dcmdjpeg")
	}
	dir := t.TempDir()
	broken := filepath.Join(t.TempDir(), "broken.dcm")
	if err := os.WriteFile(broken, []byte("no object"), 0o644); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(broken)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for syntax, want := range map[dcm.UID]string{
		"1.2.840.10008.1.2.4.50":  "dcmdjpeg ended with exit status",
		"1.2.840.10008.1.2.4.100": "MPEG2 Main Profile / Main Level cannot be decompressed",
	} {
		if out, err := File(t.Context(), in, syntax, Room{Dir: dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v; want %q", out, err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v stay, %v", left, err)
	}
}

// A decoder's process has no network, little memory and no time without end.
func TestADecoderIsLimited(t *testing.T) {
	script := func(text string) decoder {
		path := filepath.Join(t.TempDir(), "decoder")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
		return decoder{name: path}
	}
	run := func(text string) (string, error) {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		d := script(text)
		err = d.run(t.Context(), d.name, out, out, maxOutput)
		said, _ := os.ReadFile(out.Name())
		return string(said), err
	}
	for _, test := range []struct{ name, text, want string }{
		{"network", "sed 1,2d /proc/net/dev | grep -v ' lo:' | wc -l >/proc/self/fd/4", "0\n"},
		{"memory", "ulimit -v >/proc/self/fd/4", kilobytes(maxMemory) + "\n"},
		{"time", "ulimit -t >/proc/self/fd/4", "300\n"},
		{"environment", "env | grep -c RADDEPLOY >/proc/self/fd/4; true", "0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("RADDEPLOY_SECRET", "x")
			if said, err := run(test.text); err != nil || said != test.want {
				t.Errorf("%q, %v; want %q", said, err, test.want)
			}
		})
	}
	for name, test := range map[string]struct {
		text, want string
		notNow     bool
	}{
		"killed":  {"kill -9 $$", "signal: killed", true},
		"stopped": {"kill $$", "signal: terminated", true},
		"crashed": {"kill -SEGV $$", "signal: segmentation fault", false},
		"failed":  {"exit 3", "exit status 3", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, new(*NotNowError)) != test.notNow {
				t.Errorf("%v, want %q, and that it may go better later: %v", err, test.want, test.notNow)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		d := script("while :; do :; done")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := d.run(ctx, d.name, os.Stdin, os.Stdin, maxOutput); !errors.Is(err, ctx.Err()) || err == nil {
			t.Errorf("%v", err)
		}
	})
}

// What is written leaves the disk's reserve free, and a disk that is short says
// nothing of an object.
func TestRoom(t *testing.T) {
	original, syntax := open(t, "MR_small_RLE.dcm")
	if _, err := exec.LookPath("dcmdrle"); err != nil {
		missing(t, "dcmdrle")
	}
	short := errors.New("the disk is short")
	for name, free := range map[string]func() (uint64, error){
		"too little": func() (uint64, error) { return 4096, nil },
		"none":       func() (uint64, error) { return 0, nil },
		"unknown":    func() (uint64, error) { return 0, short },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := File(t.Context(), original, syntax, Room{t.TempDir(), free}); !errors.As(err, new(*NotNowError)) {
				t.Errorf("%v", err)
			}
		})
	}
	out, err := File(t.Context(), original, syntax, Room{t.TempDir(), func() (uint64, error) { return 1 << 20, nil }})
	if err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
}

// However many objects are to be decompressed, only some decoders run at once.
func TestDecodersTakeTurns(t *testing.T) {
	for range cap(turns) {
		turns <- struct{}{}
	}
	name := filepath.Join(t.TempDir(), "decoder")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	d := decoder{name: name}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := d.runInTurn(ctx, name, os.Stdin, os.Stdin, Room{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more decoder: %v", err)
	}
	for range cap(turns) {
		<-turns
	}
	if err := d.runInTurn(t.Context(), name, os.Stdin, os.Stdin, Room{}); err != nil {
		t.Errorf("when it is its turn: %v", err)
	}
}
