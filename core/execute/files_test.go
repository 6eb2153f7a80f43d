package execute

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSafeName(t *testing.T) {
	for value, want := range map[string]string{
		"CT_1.2.3":               "CT_1.2.3",
		"../../etc/passwd":       ".._.._etc_passwd",
		"..":                     "___",
		"":                       "_",
		"a\x00b\nc":              "a_b_c",
		"Schädel":                "Schädel",
		strings.Repeat("ä", 150): strings.Repeat("ä", 100),
	} {
		if got := SafeName(value); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

// received is an engine over a spool with objects whose data set is only a
// modality.
func received(t *testing.T, objects ...run.Object) (*Engine, []run.Object) {
	t.Helper()
	s, err := spool.Open(t.TempDir())
	check(t, err)
	folder, err := s.Folder("a")
	check(t, err)
	for i := range objects {
		file, err := folder.Create()
		check(t, err)
		check(t, file.Begin(dcm.FileMeta{SOPClass: "1.2", SOPInstance: "1.2", TransferSyntax: dcm.ExplicitVRLittleEndian}))
		_, err = file.Write([]byte("\x08\x00\x60\x00CS\x02\x00" + objects[i].Modality))
		check(t, err)
		check(t, file.Keep())
		objects[i].File = file.Name
	}
	check(t, folder.Close())
	return &Engine{Spool: s, Layout: s.Runs(), Unpacked: t.TempDir()}, objects
}

func tree(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	check(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			relative, _ := filepath.Rel(folder, path)
			files = append(files, relative)
		}
		return err
	}))
	slices.Sort(files)
	return files
}

func TestSource(t *testing.T) {
	engine, objects := received(t,
		run.Object{Modality: "CT", SeriesUID: "1.2", SOPInstanceUID: "1.2.1"},
		run.Object{Modality: "MR", SeriesUID: "../../../../tmp/x", SOPInstanceUID: "1.2.2"},
		run.Object{Modality: "MR", SeriesUID: ".._.._.._.._tmp_x", SOPInstanceUID: "1.2.2"})
	for _, test := range []struct {
		name   string
		subdir []string
		want   []string
	}{
		{"flat", nil, []string{"CT_1.2_1.2.1.dcm", "MR_.._.._.._.._tmp_x_1.2.2.dcm", "MR_.._.._.._.._tmp_x_1.2.2_2.dcm"}},
		{"by a tag's value and a literal", []string{"Modality", "NoSuchTag"}, []string{
			"CT/NoSuchTag/CT_1.2_1.2.1.dcm", "MR/NoSuchTag/MR_.._.._.._.._tmp_x_1.2.2.dcm", "MR/NoSuchTag/MR_.._.._.._.._tmp_x_1.2.2_2.dcm"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := &Job{Run: run.Run{ID: run.NewID()}, Subdir: test.subdir, Objects: func() ([]run.Object, error) { return objects, nil }}
			folder, err := engine.source(job)
			check(t, err)
			if diff := cmp.Diff(test.want, tree(t, folder)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			again, err := engine.source(&Job{Run: job.Run, Objects: func() ([]run.Object, error) { t.Error("laid twice"); return nil, nil }})
			if again != folder || err != nil {
				t.Errorf("the second time: %s, %v", again, err)
			}
		})
	}
}

func TestCollect(t *testing.T) {
	for _, test := range []struct{ name, link, want string }{
		{"inside", "a/file", ""},
		// the container sees another folder there
		{"up and back inside", "../out/a/file", "leads outside"},
		{"absolute", "/etc/passwd", "leads outside"},
		{"out by dots", "a/../../secret", "leads outside"},
		{"out by way of another link", "a/top/../secret", "leads outside"},
		{"inside by way of another link", "a/top/a/file", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine := &Engine{Layout: spool.Runs{Dir: t.TempDir()}}
			job := &Job{Flow: &flow.Flow{Models: []flow.Model{{Outputs: []flow.Mount{{Name: "dst"}}}}}, Run: run.Run{ID: "r"}, Attempt: run.Attempt{Number: 1}}
			folder := engine.Layout.Output("r", 0, 1, "dst")
			check(t, os.MkdirAll(filepath.Join(folder, "a"), 0o755))
			check(t, os.WriteFile(filepath.Join(folder, "a", "file"), []byte("x"), 0o644))
			check(t, os.Symlink("..", filepath.Join(folder, "a", "top")))
			check(t, os.Symlink(test.link, filepath.Join(folder, "link")))
			err := engine.collect(job, false)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// A sync of the disk waits for all that others write, so there is none for
// nothing.
func TestCollectSyncsWhatIsLeft(t *testing.T) {
	out := []flow.Mount{{Name: "dst"}}
	alone := &flow.Flow{Models: []flow.Model{{Outputs: out}}}
	joined := &flow.Flow{Models: []flow.Model{{Outputs: out}, {Inputs: out}}}
	sent := &flow.Flow{Models: []flow.Model{{Outputs: out}}, ReturnToSenderOnPorts: []int{104}}
	for _, test := range []struct {
		name           string
		flow           *flow.Flow
		wrote, printed bool
		want           int
	}{
		{"nothing", alone, false, false, 0},
		{"a file", alone, true, false, 1},
		{"a line of output", alone, false, true, 1},
		{"an empty folder that another task reads", joined, false, false, 1},
		{"an empty folder that is sent", sent, false, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			syncs := 0
			engine := &Engine{Layout: spool.Runs{Dir: t.TempDir()}, syncs: newShared(func() error { syncs++; return nil })}
			job := &Job{Flow: test.flow, Run: run.Run{ID: "r"}, Attempt: run.Attempt{Number: 1}}
			check(t, engine.Layout.Lay("r", 0, 1, job.outputs()))
			if test.wrote {
				check(t, os.WriteFile(filepath.Join(engine.Layout.Output("r", 0, 1, "dst"), "file"), nil, 0o644))
			}
			check(t, engine.collect(job, test.printed))
			if syncs != test.want {
				t.Errorf("synced %d times, want %d", syncs, test.want)
			}
		})
	}
}

func archive(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, entry := range entries {
		content := "content of " + entry.Name
		if entry.Typeflag != tar.TypeReg {
			content = ""
		}
		entry.Size, entry.Mode = int64(len(content)), 0o644
		check(t, w.WriteHeader(&entry))
		_, err := w.Write([]byte(content))
		check(t, err)
	}
	check(t, w.Close())
	return b.Bytes()
}

func TestStatics(t *testing.T) {
	e := &Engine{Statics: t.TempDir(), Unpacked: t.TempDir()}
	plain := archive(t, tar.Header{Name: "./", Typeflag: tar.TypeDir}, tar.Header{Name: "./weights/a.bin", Typeflag: tar.TypeReg})
	var zipped, packed bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	gz.Write(plain)
	check(t, gz.Close())
	zst, err := zstd.NewWriter(&packed)
	check(t, err)
	zst.Write(plain)
	check(t, zst.Close())
	check(t, os.MkdirAll(filepath.Join(e.Statics, "folder", "weights"), 0o755))
	check(t, os.WriteFile(filepath.Join(e.Statics, "folder", "weights", "a.bin"), nil, 0o644))
	for name, content := range map[string][]byte{"one.tar": plain, "two.tar.gz": zipped.Bytes(), "three.tar.zst": packed.Bytes()} {
		check(t, os.WriteFile(filepath.Join(e.Statics, name), content, 0o644))
	}
	for _, name := range []string{"folder", "one", "two", "three"} {
		folder, err := e.static(name)
		check(t, err)
		if got := tree(t, folder); !slices.Equal(got, []string{"weights/a.bin"}) {
			t.Errorf("%s holds %v", name, got)
		}
		if again, err := e.static(name); again != folder || err != nil {
			t.Errorf("%s the second time: %s, %v", name, again, err)
		}
	}
	if _, err := e.static("missing"); err == nil || !strings.Contains(err.Error(), "put it there") {
		t.Errorf("a missing static: got %v", err)
	}
}

func TestArchiveThatLeadsOutside(t *testing.T) {
	for _, entries := range [][]tar.Header{
		{{Name: "../escaped", Typeflag: tar.TypeReg}},
		{{Name: "link", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "link/escaped", Typeflag: tar.TypeReg}},
	} {
		e := &Engine{Statics: t.TempDir(), Unpacked: t.TempDir()}
		check(t, os.WriteFile(filepath.Join(e.Statics, "bad.tar"), archive(t, entries...), 0o644))
		if folder, err := e.static("bad"); err == nil {
			t.Errorf("unpacked to %s", folder)
		}
		if found, _ := filepath.Glob(filepath.Join(e.Unpacked, "escaped")); found != nil {
			t.Error("a file was written outside")
		}
	}
}

// Models with the same configuration share one folder, which a crash may have
// left half.
func TestConfigIsShared(t *testing.T) {
	e := &Engine{Unpacked: t.TempDir()}
	model := func(file string, config map[string]any) *flow.Model {
		return &flow.Model{ConfigFile: file, Config: config}
	}
	first, err := e.config(model("config.yaml", map[string]any{"a": 1}))
	check(t, err)
	check(t, os.Rename(first, first+".part"))
	for i, test := range []struct {
		model *flow.Model
		text  string
		same  bool
	}{
		{model("config.yaml", map[string]any{"a": 1}), "a: 1\n", true},
		{model("config.yaml", map[string]any{"a": "1"}), "a: \"1\"\n", false},
		{model("other.yaml", map[string]any{"a": 1}), "a: 1\n", false},
		{model("config.yaml", nil), "{}\n", false},
	} {
		place, err := e.config(test.model)
		check(t, err)
		text, err := os.ReadFile(filepath.Join(place, test.model.ConfigFile))
		check(t, err)
		if string(text) != test.text || (place == first) != test.same {
			t.Errorf("%d: %q in %s", i, text, place)
		}
	}
}

// A configuration that no task has begun with for long goes, and nothing else.
func TestOldConfigsGo(t *testing.T) {
	e := &Engine{Unpacked: t.TempDir()}
	made := func(value int) string {
		place, err := e.config(&flow.Model{ConfigFile: "config.yaml", Config: map[string]any{"a": value}})
		check(t, err)
		return place
	}
	aged := func(place string, age time.Duration) string {
		at := time.Now().Add(-age)
		check(t, os.Chtimes(place, at, at))
		return place
	}
	archive := filepath.Join(e.Unpacked, "weights-1a-2b")
	check(t, os.Mkdir(archive, 0o755))
	aged(archive, 2*keepReplaced)
	old, young, used := aged(made(1), keepReplaced+time.Hour), aged(made(2), keepReplaced-time.Hour), aged(made(3), 2*keepReplaced)
	if made(3) != used {
		t.Fatal("it has another place now")
	}
	for place, stays := range map[string]bool{old: false, young: true, used: true, archive: true} {
		if _, err := os.Stat(place); (err == nil) != stays {
			t.Errorf("%s: stays %t (%v)", filepath.Base(place), !stays, err)
		}
	}
}
