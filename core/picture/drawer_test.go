package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/phantom"
)

// TestMain is the process that draws pictures, too: one that misbehaves where a test
// asks for that by the name of a window.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == ChildCommand:
		os.Exit(Child(nil))
	case len(os.Args) == 3 && os.Args[2] == confined:
		os.Exit(child(os.Stdin, misbehave))
	}
	os.Exit(m.Run())
}

func misbehave(w io.Writer, job Job, files []Sized) error {
	what, where, _ := strings.Cut(job.Window.Name, " ")
	switch what {
	case "memory":
		var all [][]byte
		for range 64 {
			all = append(all, bytes.Repeat([]byte{1}, 64<<20))
		}
		fmt.Fprint(w, len(all))
	case "processor":
		for n := 0; ; n++ { // without an end, and without a sleep
			_ = n
		}
	case "panic":
		panic(where)
	case "much":
		for range 64 {
			_, _ = w.Write(make([]byte, 1<<20))
		}
	case "says":
		return errors.New(strings.Repeat("<b>\x1b\n", 1000))
	case "file":
		return fmt.Errorf("%v, %v, %v", os.WriteFile(where+"/new", []byte("x"), 0o644), os.Truncate(where+"/old", 0), os.Remove(where+"/old"))
	case "network":
		_, err := net.Dial("tcp", where)
		return err
	default:
		return Draw(w, job, files)
	}
	return nil
}

// patient is a drawer for a machine that is busy.
func patient(room decompress.Room) *Drawer {
	d := NewDrawer(room)
	d.timeout = 10 * time.Minute
	return d
}

func stored(t *testing.T, path string, syntax dcm.UID) []Stored {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return []Stored{{file, syntax}}
}

func written(t *testing.T, d dataset) []Stored {
	t.Helper()
	path := filepath.Join(t.TempDir(), "object.dcm")
	if err := os.WriteFile(path, d.file(), 0o644); err != nil {
		t.Fatal(err)
	}
	return stored(t, path, dcm.ExplicitVRLittleEndian)
}

// A process of its own draws what this one would.
func TestDrawer(t *testing.T) {
	d := patient(decompress.Room{Dir: t.TempDir()})
	objects := append(written(t, slice(2, 6)), written(t, structures(contour(`-4\-4\6\4\-4\6\4\4\6`, "")))...)
	job := Job{Window: full, Over: []Over{{Items: []Item{{Number: 5, Color: "#00ff00"}}}}}
	got, err := d.Draw(t.Context(), job, objects)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	files := []Sized{sized(slice(2, 6).file()), sized(structures(contour(`-4\-4\6\4\-4\6\4\4\6`, "")).file())}
	if err := Draw(&want, job, files); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes that are not those drawn here (%v)", len(got), err)
	}
	var cannot *CannotError
	_, err = d.Draw(t.Context(), Job{}, written(t, slice(1, 3).with(dataset{tagRows: 60000, tagColumns: 60000})))
	if !errors.As(err, &cannot) || !strings.Contains(err.Error(), "no picture: its pixel data has 128 bytes and ends before frame 1") {
		t.Errorf("of an object that lies: %v", err)
	}
}

// The process has so much memory, time and output, no network, and writes no file.
func TestTheProcessIsLimited(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "old"), []byte("here"), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	d := patient(decompress.Room{})
	for does, want := range map[string]string{
		"memory":                              "it needs more than 640 MiB of memory",
		"panic Smith":                         "ended with exit status 2",
		"much":                                "too large",
		"says":                                "no picture: <b>",
		"file " + folder:                      "not permitted|permission denied|read-only|file too large",
		"network " + listener.Addr().String(): "unreachable",
	} {
		picture, err := d.Draw(t.Context(), Job{Window: Window{Name: does}}, written(t, slice(1, 3)))
		ok := false
		for _, one := range strings.Split(want, "|") {
			ok = ok || err != nil && strings.Contains(err.Error(), one)
		}
		if !ok || !errors.As(err, new(*CannotError)) || strings.Contains(err.Error(), "Smith") || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 600 {
			t.Errorf("%s: %d bytes, %v; want %q", does, len(picture), err, want)
		}
	}
	if content, err := os.ReadFile(filepath.Join(folder, "old")); string(content) != "here" {
		t.Logf("the kernel has no Landlock: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "new")); err == nil {
		if content, _ := os.ReadFile(filepath.Join(folder, "new")); len(content) > 0 {
			t.Error("the process wrote a file")
		}
	}
}

// A process that does not end is killed: when its time is over, and when nobody wants
// the picture any more.
func TestTheProcessIsKilled(t *testing.T) {
	d := patient(decompress.Room{})
	d.timeout = 300 * time.Millisecond
	spin := Job{Window: Window{Name: "processor"}}
	_, err := d.Draw(t.Context(), spin, written(t, slice(1, 3)))
	if !errors.As(err, new(*CannotError)) || !strings.Contains(err.Error(), "not drawn within 300ms") {
		t.Errorf("%v", err)
	}
	d.timeout = time.Hour
	ctx, leave := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, leave)
	if _, err := d.Draw(ctx, spin, written(t, slice(1, 3))); !errors.Is(err, context.Canceled) {
		t.Errorf("for a browser that left: %v", err)
	}
	if most := cap(NewDrawer(decompress.Room{}).turns); most != 2 {
		t.Errorf("%d pictures are drawn at once", most)
	}
	for range cap(d.turns) {
		d.turns <- struct{}{}
	}
	ctx, leave = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	if _, err := d.Draw(ctx, Job{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more than are drawn at once: %v", err)
	}
}

// Objects as dcmtk compresses them are drawn like the one that they were made from.
func TestCompressed(t *testing.T) {
	phantoms, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 3, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	d := patient(decompress.Room{Dir: t.TempDir()})
	want, err := d.Draw(t.Context(), Job{}, stored(t, phantoms[1], dcm.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		syntax  dcm.UID
		program []string
	}{
		{"1.2.840.10008.1.2.5", []string{"dcmcrle"}},
		{"1.2.840.10008.1.2.4.70", []string{"dcmcjpeg", "+e1"}},
		{"1.2.840.10008.1.2.4.80", []string{"dcmcjpls"}},
		{"1.2.840.10008.1.2.4.90", []string{"gdcmconv", "--j2k"}},
	} {
		out := filepath.Join(t.TempDir(), "compressed.dcm")
		if _, err := exec.LookPath(test.program[0]); err != nil && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
		if said, err := exec.CommandContext(t.Context(), test.program[0], append(test.program[1:], phantoms[1], out)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", test.program, err, said)
		}
		got, err := d.Draw(t.Context(), Job{}, stored(t, out, test.syntax))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: drawn otherwise than uncompressed (%v)", test.syntax.Name(), err)
		}
		if left, _ := os.ReadDir(d.Room.Dir); len(left) > 0 {
			t.Errorf("%v stay", left)
		}
		t.Run("without "+test.program[0], func(t *testing.T) {
			t.Setenv("PATH", "")
			_, err := d.Draw(t.Context(), Job{}, stored(t, out, test.syntax))
			if !errors.As(err, new(*CannotError)) || !strings.Contains(err.Error(), "is not installed: install the package ") || !strings.Contains(err.Error(), test.syntax.Name()) {
				t.Errorf("%v", err)
			}
			if missing := Missing(test.syntax); missing == nil || !strings.HasSuffix(err.Error(), missing.Error()) {
				t.Errorf("a list says %v, the picture %v", missing, err)
			}
		})
	}
	_, err = d.Draw(t.Context(), Job{}, stored(t, phantoms[1], "1.2.840.10008.1.2.4.100"))
	if err == nil || !strings.Contains(err.Error(), "MPEG2 Main Profile / Main Level cannot be decompressed") {
		t.Errorf("%v", err)
	}
}

// Real objects, of many makers and kinds, have pictures that are not all of one color.
func TestRealObjects(t *testing.T) {
	d := patient(decompress.Room{Dir: t.TempDir()})
	for _, name := range []string{
		"CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "JPGExtended.dcm", "SC_rgb_small_odd.dcm",
		"rtdose.dcm", "J2K_pixelrep_mismatch.dcm",
	} {
		file, err := os.Open("../../../shared/data/dicom/" + name)
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip("real files are beside a developer's clone")
		}
		defer file.Close()
		o, err := Describe(file)
		if err != nil || !o.Image() {
			t.Errorf("%s: an image: %v (%v)", name, o.Image(), err)
			continue
		}
		b, err := d.Draw(t.Context(), Job{Frame: o.Frames / 2}, []Stored{{file, o.Syntax}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		picture, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, p := range pixels(picture, 16, 16) {
			seen[p] = true
		}
		if len(seen) < 3 {
			t.Errorf("%s: of %d colors", name, len(seen))
		}
	}
}
