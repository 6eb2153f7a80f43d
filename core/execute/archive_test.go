package execute

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/raddeploy/raddeploy/core/problem"
)

// statics is an engine with one file in its folder of statics.
func statics(t *testing.T, name string, content []byte) *Engine {
	t.Helper()
	e := &Engine{Statics: t.TempDir(), Unpacked: t.TempDir()}
	check(t, os.MkdirAll(filepath.Dir(filepath.Join(e.Statics, name)), 0o755))
	check(t, os.WriteFile(filepath.Join(e.Statics, name), content, 0o644))
	return e
}

// bzipped is weights/a.bin, as bzip2 packs it, for which Go has no writer.
const bzipped = "QlpoOTFBWSZTWf5AMYoAAIr7hMoQAEBAAf8ACAB74Z6AAACACCAAdBKSbSjJk9IzU9CaPGoJKEGho0AAA+74qa5CB0gCRCM5F5KQYkgamDem07ZnZM+8EneknKrx3xVintYZzuh3SZnMZh9rFSpQeXLKvA83jTEaB/5cwzefCIgdC7kinChIfyAYxQA="

func compress(t *testing.T, make func(io.Writer) (io.WriteCloser, error), content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := make(&b)
	check(t, err)
	_, err = w.Write(content)
	check(t, err)
	check(t, w.Close())
	return b.Bytes()
}

// Every compression is found by its bytes, whatever the archive is called.
func TestCompressions(t *testing.T) {
	plain := archive(t, tar.Header{Name: "weights/a.bin", Typeflag: tar.TypeReg})
	bzip2, err := base64.StdEncoding.DecodeString(bzipped)
	check(t, err)
	contents := map[string][]byte{
		"tar":   plain,
		"gzip":  compress(t, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }, plain),
		"zstd":  compress(t, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }, plain),
		"xz":    compress(t, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }, plain),
		"bzip2": bzip2,
	}
	for compression, content := range contents {
		for _, suffix := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"} {
			folder, err := statics(t, "model"+suffix, content).static("model")
			if err != nil {
				t.Errorf("%s as %s: %v", compression, suffix, err)
				continue
			}
			if text, err := os.ReadFile(filepath.Join(folder, "weights", "a.bin")); string(text) != "content of weights/a.bin" {
				t.Errorf("%s as %s holds %q (%v)", compression, suffix, text, err)
			}
		}
		for cut := len(content) - 1; cut > 0 && compression != "tar"; cut -= 1 + len(content)/7 {
			if _, err := statics(t, "model.tar", content[:cut]).static("model"); err == nil {
				t.Errorf("%s is taken with %d of its %d bytes", compression, cut, len(content))
			}
		}
	}
}

// Of two members with one name the last counts, and what a link named before is
// not written through it.
func TestTheLastOfTwoMembersCounts(t *testing.T) {
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg} }
	for _, test := range []struct {
		name    string
		members []tar.Header
		want    map[string]string // "" is not a file
	}{
		{"file and file", []tar.Header{file("a"), file("./a")}, map[string]string{"a": "content of ./a"}},
		{"link and file", []tar.Header{file("b"), {Name: "a", Typeflag: tar.TypeSymlink, Linkname: "b"}, file("a")}, map[string]string{"a": "content of a", "b": "content of b"}},
		{"hard link and file", []tar.Header{file("b"), {Name: "a", Typeflag: tar.TypeLink, Linkname: "b"}, file("/a")}, map[string]string{"a": "content of /a", "b": "content of b"}},
		{"file and link", []tar.Header{file("a"), file("b"), {Name: "a", Typeflag: tar.TypeSymlink, Linkname: "b"}}, map[string]string{"a": "content of b"}},
		{"file and hard link", []tar.Header{file("a"), file("b"), {Name: "a", Typeflag: tar.TypeLink, Linkname: "./b"}}, map[string]string{"a": "content of b"}},
		{"a hard link to itself", []tar.Header{file("a"), {Name: "a", Typeflag: tar.TypeLink, Linkname: "a"}}, map[string]string{"a": "content of a"}},
		{"file and folder", []tar.Header{file("a"), {Name: "a/", Typeflag: tar.TypeDir}, file("a/b")}, map[string]string{"a/b": "content of a/b"}},
		{"folder and file", []tar.Header{{Name: "a/", Typeflag: tar.TypeDir}, file("a")}, map[string]string{"a": "content of a"}},
		{"folder and folder", []tar.Header{file("a/b"), {Name: "a/", Typeflag: tar.TypeDir}}, map[string]string{"a/b": "content of a/b"}},
		{"contiguous, a comment and a label", []tar.Header{{Name: "label", Typeflag: 'V'}, file("a")}, map[string]string{"a": "content of a"}},
		{"names in any bytes", []tar.Header{file("\xff\n/b\xfe"), file("c")}, map[string]string{"\xff\n/b\xfe": "content of \xff\n/b\xfe", "c": "content of c"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, err := statics(t, "model.tar", archive(t, test.members...)).static("model")
			check(t, err)
			for name, want := range test.want {
				if got, err := os.ReadFile(filepath.Join(folder, name)); string(got) != want {
					t.Errorf("%q holds %q (%v), want %q", name, got, err, want)
				}
			}
		})
	}
}

// What cannot be made as it was packed is refused, with the names of mount,
// archive and member, and no other try would help.
func TestMembersThatAreRefused(t *testing.T) {
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg} }
	for _, test := range []struct {
		name    string
		members []tar.Header
		want    string
	}{
		{"a FIFO", []tar.Header{file("a"), {Name: "d/pipe", Typeflag: tar.TypeFifo}}, `member "d/pipe": has the type "6"`},
		{"a device", []tar.Header{{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}}, `member "null": has the type "3"`},
		{"a disk", []tar.Header{{Name: "sda", Typeflag: tar.TypeBlock}}, `member "sda": has the type "4"`},
		{"a part of another volume", []tar.Header{{Name: "half", Typeflag: 'M'}}, `member "half": has the type "M"`},
		{"a type of a later tar", []tar.Header{{Name: "new", Typeflag: 'Z'}}, `member "new": has the type "Z"`},
		{"a file over a folder", []tar.Header{file("d/a"), file("d")}, `member "d": has the name of a folder that holds other members`},
		{"outside", []tar.Header{file("../a")}, `member "../a": leads out of the archive`},
		{"through a link", []tar.Header{{Name: "up", Typeflag: tar.TypeSymlink, Linkname: ".."}, file("up/a")}, `member "up/a": leads out`},
		{"a hard link to the host", []tar.Header{{Name: "up", Typeflag: tar.TypeLink, Linkname: "../../etc/passwd"}}, `member "up": leads out`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := statics(t, "sub/model.tar", archive(t, test.members...)).static("sub/model")
			refused(t, err, `unpack static mount "sub/model": model.tar: `+test.want)
		})
	}
	two := slices.Concat(archive(t, file("a")), archive(t, file("b")))
	_, err := statics(t, "model.tar", two).static("model")
	refused(t, err, `unpack static mount "model": model.tar: there is more behind its end`)
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	var bad *badArchive
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || problem.Advice(err) == "" {
		t.Errorf("got %v, want %q and advice", err, want)
	}
}

// GNU tar packs holes in four ways, none of which may become a shorter file.
func TestSparseMembersAreRefused(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("tar is not installed")
	}
	from := t.TempDir()
	hole, err := os.Create(filepath.Join(from, "weights.bin"))
	check(t, err)
	_, err = hole.WriteAt([]byte("end"), 1<<20)
	check(t, err)
	check(t, hole.Close())
	for _, format := range []string{"--format=gnu", "--sparse-version=0.0", "--sparse-version=0.1", "--sparse-version=1.0"} {
		text, err := exec.Command("tar", "-C", from, "--sparse", format, "-c", "weights.bin").Output()
		check(t, err)
		_, err = statics(t, "model.tar", text).static("model")
		refused(t, err, `unpack static mount "model": model.tar: member "weights.bin": is sparse`)
	}
}

// A cut archive says where, and is tried again: somebody may be copying it.
func TestACutArchive(t *testing.T) {
	whole := archive(t, tar.Header{Name: "a", Typeflag: tar.TypeReg}, tar.Header{Name: "b", Typeflag: tar.TypeReg})
	for cut, want := range map[int]string{0: "at its beginning: EOF", 1024: "at its end: unexpected EOF", 100: "at its beginning: unexpected EOF", 520: `member "a": unexpected EOF`, 1100: `behind member "a": unexpected EOF`} {
		_, err := statics(t, "model.tar", whole[:cut]).static("model")
		var bad *badArchive
		if err == nil || errors.As(err, &bad) || !strings.Contains(err.Error(), `static mount "model": model.tar: `+want) {
			t.Errorf("cut at %d: %v, want %q", cut, err, want)
		}
	}
}
