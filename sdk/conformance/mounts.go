package conformance

import (
	"os"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func mountCases() []Case {
	const read = "go doc sdk.Role; go doc sdk.Mount"
	const refused = "Start refuses a mount whose source is not inside the site's roots, with an error of kind InvalidArgument or PermissionDenied"
	return []Case{
		{
			Name: "mounts/an input is seen whole", Read: read, test: inputIsSeen,
			Contract: "An input holds in the container what its source holds.",
		},
		{
			Name: "mounts/an input is writable", Read: read, test: inputIsWritable,
			Contract: "An input is writable: its files can be changed and removed, and new ones made.",
		},
		{
			Name: "mounts/an input's source is never changed", Read: read, test: inputIsUnchanged,
			Contract: "An input is private to the attempt: whatever it does to it, the source is never changed.",
		},
		{
			Name: "mounts/an input is private", Read: read, test: inputIsPrivate,
			Contract: "An input is private to the attempt: another attempt with the same source sees nothing of what it did to it.",
		},
		{
			Name: "mounts/a static is read-only", Read: read, test: staticIsReadOnly,
			Contract: "A static holds what its source holds, and is read-only: no attempt can change it.",
		},
		{
			Name: "mounts/an output starts empty", Read: read, test: outputStartsEmpty,
			Contract: "An output starts empty, and is writable.",
		},
		{
			Name: "mounts/an output is there at the exit", Read: read + "; go doc sdk.Executor.Watch", test: outputIsThere,
			Contract: "When the Exit is sent, every file of every output is in its source folder.",
		},
		{
			Name: "mounts/an output of any owner and mode", Read: read, test: outputOfAnyOwner,
			Contract: "What the attempt leaves in an output is in the source folder, whoever owns it and whatever its mode.",
		},
		{
			Name: "mounts/an output of what fails", Read: read, test: outputOfFailure,
			Contract: "What the attempt leaves in an output is in the source folder, also if it fails or is stopped.",
		},
		{
			Name: "mounts/a symlink in an output", Read: read, test: outputWithSymlink,
			Contract: "What the attempt leaves in an output is in the source folder, and nothing else: a symlink brings in no file of the host.",
		},
		{
			Name: "mounts/a scratch is empty and thrown away", Read: read, test: scratchIsThrownAway,
			Contract: "A scratch starts empty, is writable, and is thrown away: no other attempt sees it.",
		},
		{
			Name: "mounts/a source outside is refused", Read: "go doc sdk.Site", test: outsideIsRefused,
			Contract: refused + ".",
		},
		{
			Name: "mounts/a symlink in a source is refused", Read: "go doc sdk.Site", test: symlinkIsRefused,
			Contract: refused + ": neither a source that is a symlink out of them, nor one that is reached through such a symlink.",
		},
		{
			Name: "mounts/files stay after remove", Read: "go doc sdk.Executor.Remove", test: filesStay,
			Contract: "Remove forgets everything that the executor made for an attempt, but not the files in the mounts.",
		},
	}
}

func sample() map[string]string {
	return map[string]string{"a": "original", "deep/": "", "deep/er/": "", "deep/er/b": "below\n", "empty": "", "it's \"odd\" ü": "odd\x00\xff"}
}

func (t *trial) sample() string {
	files := sample()
	delete(files, "deep/")
	delete(files, "deep/er/")
	return t.folder(files)
}

func wantSample(at string) Work {
	return Work{
		wantNames(at, "a\ndeep\nempty\nit's \"odd\" ü\n"), wantFile(at+"/a", "original"), wantFile(at+"/deep/er/b", "below\n"),
		wantFile(at+"/empty", ""), wantFile(at+"/it's \"odd\" ü", "odd\x00\xff"),
	}
}

// spoil changes what a sample can be changed in.
func spoil(at string) Work {
	return Work{
		appended(at+"/a", " and more"), wantFile(at+"/a", "original and more"), {Do: DoRemove, Path: at + "/deep/er/b"},
		{Do: DoMkdir, Path: at + "/new/er"}, appended(at+"/new/er/c", "new"), wantFile(at+"/new/er/c", "new"),
		wantNames(at, "a\ndeep\nempty\nit's \"odd\" ü\nnew\n"), wantNames(at+"/deep/er", ""),
	}
}

func inputIsSeen(t *trial) { t.runs(wantSample("/input"), with(input(t.sample(), "/input"))) }

func inputIsWritable(t *trial) { t.runs(spoil("/input"), with(input(t.sample(), "/input"))) }

func inputIsUnchanged(t *trial) {
	source := t.sample()
	a := t.start(spoil("/input"), with(input(source, "/input")))
	a.end()
	t.wantContents("the input's source after the exit", source, sample())
	if err := a.remove(); err != nil {
		t.fail("Remove: %v", err)
	}
	t.wantContents("the input's source after Remove", source, sample())
}

func inputIsPrivate(t *trial) {
	source := t.sample()
	if work := spoil("/input"); t.run.slots == 1 { // the others can only come after it
		t.runs(work, with(input(source, "/input")))
	} else {
		t.start(append(work, hold), with(input(source, "/input"))).running()
	}
	t.runs(spoil("/input"), with(input(source, "/input")))
	t.runs(wantSample("/input"), with(input(source, "/input")))
}

func staticIsReadOnly(t *trial) {
	source := t.sample()
	t.runs(append(wantSample("/model"), wantFailed("/model/a", "x"), wantFailed("/model/new", "x")), with(static(source, "/model")))
	t.wantContents("the static's source", source, sample())
}

func outputStartsEmpty(t *trial) {
	t.runs(Work{wantNames("/output", ""), appended("/output/a", "x"), wantFile("/output/a", "x")}, with(output(t.folder(nil), "/output")))
}

func outputIsThere(t *trial) {
	one, two := t.folder(nil), t.folder(nil)
	t.runs(Work{
		appended("/output/a", "x"), {Do: DoMkdir, Path: "/output/deep/er"}, appended("/output/deep/er/b", "\x00\xff\n"), appended("/more/c", "y"),
		sleep(50 * time.Millisecond), appended("/output/late", "z"),
	}, with(output(one, "/output"), output(two, "/more")))
	t.wantContents("the output", one, map[string]string{"a": "x", "deep/": "", "deep/er/": "", "deep/er/b": "\x00\xff\n", "late": "z"})
	t.wantContents("the other output", two, map[string]string{"c": "y"})
}

func outputOfAnyOwner(t *trial) {
	const nobody = 54321
	folder := t.folder(nil)
	a := t.start(Work{
		{Do: DoMkdir, Path: "/output/deep"}, appended("/output/deep/a", "x"), appended("/output/b", "y"),
		{Do: DoChown, Path: "/output/b", Count: nobody}, {Do: DoChmod, Path: "/output/b", Count: 0o600},
		{Do: DoChown, Path: "/output/deep/a", Count: nobody}, {Do: DoChmod, Path: "/output/deep/a", Count: 0},
		{Do: DoChown, Path: "/output/deep", Count: nobody}, {Do: DoChmod, Path: "/output/deep", Count: 0o700},
	}, with(output(folder, "/output")))
	a.wantCode(0)
	t.wantContents("the output", folder, map[string]string{"deep/": "", "deep/a": "x", "b": "y"})
}

func outputOfFailure(t *trial) {
	for _, stopped := range []bool{false, true} {
		folder := t.folder(nil)
		work := Work{appended("/output/a", "x"), ready, exit(3)}
		if stopped {
			work = Work{appended("/output/a", "x"), ready, hold}
		}
		a := t.start(work, with(output(folder, "/output")))
		if stopped {
			a.ready()
			if err := a.stop(time.Second); err != nil {
				t.fatal("Stop: %v", err)
			}
		}
		a.end()
		t.wantContents("the output", folder, map[string]string{"a": "x"})
	}
}

func outputWithSymlink(t *trial) {
	secret := filepath.Join(t.run.dir, "outside", "secret")
	t.must(os.WriteFile(secret, []byte("of the host"), 0o644))
	folder := t.folder(nil)
	a := t.start(Work{{Do: DoSymlink, Path: "/output/link", To: secret}, appended("/output/a", "x")}, with(output(folder, "/output")))
	a.wantCode(0)
	found, err := contents(folder)
	if err != nil {
		t.fail("the output cannot be read: %v", err)
	}
	if found["a"] != "x" {
		t.fail("the output has %q; want the file a with x", found)
	}
	if info, err := os.Lstat(filepath.Join(folder, "link")); err == nil && info.Mode().IsRegular() {
		t.fail("the symlink of the attempt has become a file that holds %q", found["link"])
	}
}

func scratchIsThrownAway(t *trial) {
	work := Work{wantNames("/scratch", ""), appended("/scratch/a", "x"), wantFile("/scratch/a", "x")}
	t.runs(work, with(scratch("/scratch")))
	t.runs(work, with(scratch("/scratch")))
}

// refused starts a task with a mount from elsewhere, in each role.
func (t *trial) refused(what, source string) {
	for _, role := range []sdk.Role{sdk.Input, sdk.Output, sdk.Static} {
		mount := input(t.folder(nil), "/place")
		mount.Role = role
		a := t.attempt(Work{exit(0)}, with(mount))
		if !a.accepts() {
			continue // the role is not offered
		}
		a.task.Mounts[0].Source = source
		err := a.tryStart()
		if kind := sdk.KindOf(err); err == nil || kind != sdk.InvalidArgument && kind != sdk.PermissionDenied {
			t.fail("Start with %s as %s: error %v; want one of kind %q or %q", what, role, err, sdk.InvalidArgument, sdk.PermissionDenied)
		}
	}
}

func outsideIsRefused(t *trial) {
	t.refused("a source outside of the roots", filepath.Join(t.run.dir, "outside"))
	t.refused("a source that climbs out of the roots", filepath.Join(t.run.dir, "data")+"/../outside")
}

func symlinkIsRefused(t *trial) {
	folder := t.folder(nil)
	outside := filepath.Join(t.run.dir, "outside")
	t.must(os.MkdirAll(filepath.Join(outside, "below"), 0o755))
	link := filepath.Join(folder, "link")
	t.must(os.Symlink(outside, link))
	t.refused("a source that is a symlink out of the roots", link)
	t.refused("a source below a symlink out of the roots", filepath.Join(link, "below"))
}

func filesStay(t *trial) {
	in, out := t.sample(), t.folder(nil)
	a := t.runs(Work{appended("/output/a", "x")}, with(input(in, "/input"), output(out, "/output")))
	if err := a.remove(); err != nil {
		t.fatal("Remove: %v", err)
	}
	t.wantContents("the input's source", in, sample())
	t.wantContents("the output", out, map[string]string{"a": "x"})
}
