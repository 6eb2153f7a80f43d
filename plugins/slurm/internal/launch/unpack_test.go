package launch

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// layerOf makes a layer of words: "dir/", "file=content", "link->target",
// "hard==target".
func layerOf(t *testing.T, words ...string) v1.Layer {
	t.Helper()
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, word := range words {
		header := &tar.Header{Mode: 0o755, Uid: os.Getuid(), Gid: os.Getgid()}
		content := ""
		switch {
		case strings.Contains(word, "->"):
			header.Typeflag = tar.TypeSymlink
			header.Name, header.Linkname, _ = strings.Cut(word, "->")
		case strings.Contains(word, "=="):
			header.Typeflag = tar.TypeLink
			header.Name, header.Linkname, _ = strings.Cut(word, "==")
		case strings.HasSuffix(word, "/"):
			header.Typeflag, header.Name = tar.TypeDir, word
		default:
			header.Typeflag = tar.TypeReg
			header.Name, content, _ = strings.Cut(word, "=")
			header.Size = int64(len(content))
		}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(archive, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return layer
}

// Layers lie over each other as container engines lay them.
func TestLayers(t *testing.T) {
	for _, row := range []struct {
		name   string
		layers [][]string
		want   string // but for empty top folders
	}{
		{"a file of two layers", [][]string{{"a=old"}, {"a=new"}}, "a=new"},
		{"a file twice in one layer", [][]string{{"a=first", "a=last"}}, "a=last"},
		{"a hard link whose first name is removed", [][]string{{"pkgs/", "pkgs/a=x", "share/", "share/b==pkgs/a"}, {"pkgs/.wh.a="}}, "pkgs/ share/ share/b=x"},
		{"a hard link whose first name is replaced", [][]string{{"a=old", "b==a"}, {"a=new"}}, "a=new b=old"},
		{"a hard link to a lower layer's file", [][]string{{"a=x"}, {"b==/a"}}, "a=x b=x"},
		{"a file behind a lower layer's link", [][]string{{"usr/lib/", "lib->usr/lib"}, {"lib/x=1"}}, "lib->usr/lib usr/lib/ usr/lib/x=1"},
		{"a file behind an absolute link", [][]string{{"run/", "var/run->/run"}, {"var/run/x=1"}}, "run/x=1 var/run->/run"},
		{"a file behind a link out of the image", [][]string{{"out->../../../etc"}, {"out/x=1"}}, "etc/x=1 out->../../../etc"},
		{"a removed folder", [][]string{{"d/", "d/e/", "d/e/f=1"}, {".wh.d="}}, ""},
		{"a removed folder that comes again as a file", [][]string{{"d/", "d/e=1"}, {".wh.d="}, {"d=2"}}, "d=2"},
		{"a folder that hides all below", [][]string{{"d/", "d/old=1", "d/e/", "d/e/old=1"}, {"d/", "d/e/", "d/e/new=2", "d/.wh..wh..opq=", "d/new=2"}}, "d/ d/e/ d/e/new=2 d/new=2"},
		{"a link that becomes a folder", [][]string{{"d->e", "e/"}, {"d/", "d/x=1"}}, "d/ d/x=1 e/"},
		{"a way out", [][]string{{"../../x=1", "/../y=2"}}, "x=1 y=2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var layers []v1.Layer
			for _, words := range row.layers {
				layers = append(layers, layerOf(t, words...))
			}
			folder := filepath.Join(t.TempDir(), "rootfs")
			if err := unpack(layers, folder); err != nil {
				t.Fatal(err)
			}
			var got []string
			_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				name := strings.TrimPrefix(path, folder+"/")
				target, linkErr := os.Readlink(path)
				content, readErr := os.ReadFile(path)
				switch {
				case err != nil:
					t.Error(err)
				case linkErr == nil:
					got = append(got, name+"->"+target)
				case d.IsDir() && path != folder && !slices.Contains(topFolders, name):
					got = append(got, name+"/")
				case readErr == nil:
					got = append(got, fmt.Sprintf("%s=%s", name, content))
				}
				return nil
			})
			if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if err := unpack([]v1.Layer{layerOf(t, "a->b", "b->a", "a/x=1")}, filepath.Join(t.TempDir(), "rootfs")); err == nil || !strings.Contains(err.Error(), "too many links") {
		t.Errorf("links in a ring: %v", err)
	}
}
