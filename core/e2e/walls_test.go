package e2e_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testdisk"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// untidy is a model that runs as another user, with files for all to write,
// programs that run as their owner, closed files, and what is no file at all.
const untidy = `
umask 000
cp /input/*.dcm /output/ && echo changed > /input/new
echo all > /output/all; ln -s /output/all /output/link
echo tool > /output/tool; chmod 6755 /output/tool
echo own > /output/own; chmod 600 /output/own
mkdir -m 0777 /output/sub; mkfifo /output/sub/fifo.dcm /output/fifo
echo shut > /output/sub/shut; chmod 000 /output/sub/shut; chmod 1700 /output/sub
`

// reader is a model of a third user, who reads all of it.
const reader = `
set -e
test -z "$(find /in ! -type f ! -type d ! -type l)"
cat /in/all /in/link /in/own /in/tool /in/sub/shut > /output/text
cp /in/*.dcm /output/
echo changed > /in/new
`

// What a model wrote, as whatever user, is read by the next one, as whatever
// user: regular files that nobody but their owner may change. Nothing but the
// outputs stays of an attempt.
func TestOutputsOfAnyUser(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]func() string{
		"docker": func() string { return testenv.Docker(t, 1) },
		"docker copies": func() string {
			return strings.Replace(testenv.Docker(t, 1), "cpus = 1", "\ncpus = 1\nconfig { mounts = \"copy\" }\n", 1)
		},
		"containerd": func() string { return testenv.Containerd(t, "cpus = 1") },
		"cluster":    func() string { return testenv.Slurm(t) },
	} {
		t.Run(name, func(t *testing.T) {
			archive := testenv.Storescp(t)
			site := programs.NewSite(t, block())
			image, writes, reads := testenv.Busybox, `user: "1000"`, `user: "2000:2000"`
			if name == "cluster" { // whose launcher knows no other user than the job's
				image, writes, reads = "127.0.0.1:5000/busybox:latest", "", ""
			}
			site.Flow("users", fmt.Sprintf(`
triggers: [{Modality: CT}]
models:
  - name: untidy
    image: %[1]s
    command: [sh, -c, %[2]q]
    %[5]s
    pull_before_exec: false
    output_mounts: {mid: /output}
  - name: reader
    image: %[1]s
    command: [sh, -c, %[3]q]
    %[6]s
    pull_before_exec: false
    input_mounts: {mid: /in}
    output_mounts: {dst: /output}
destinations: [%[4]s]
`, image, untidy, reader, archive.Destination(), writes, reads))
			site.Start()
			site.Send(testenv.Write(t, testenv.Object{Instance: "1.2.3"})...)
			r := site.Ended("users", run.Done)
			if got := len(archive.Files()); got != 1 {
				t.Errorf("%d objects were sent, want 1", got)
			}
			file, program, folder := "-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"
			want := map[string]string{".": folder, "object": file, "all": file, "link": "link", "tool": program, "own": file, "sub": folder, "sub/shut": file}
			if name == "docker copies" {
				want["tool"] = file // docker's stream is written without modes
			}
			mid := site.Files().Output(r.ID, 0, 1, "mid")
			if diff := cmp.Diff(want, modesOf(t, mid)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for task := range 2 {
				testenv.Until(t, "the executor's folder to go", func() (bool, string) {
					left, err := filepath.Glob(site.Files().Work(r.ID, task, 1))
					return err == nil && len(left) == 0, strings.Join(left, " ")
				})
			}
			if strings.HasPrefix(name, "docker") {
				site.NoContainers()
			}
		})
	}
}

// modesOf is what is below a folder, with its modes. All objects are "object".
func modesOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if strings.HasSuffix(name, ".dcm") {
			name = "object"
		}
		found[name] = info.Mode().String()
		if entry.Type() == fs.ModeSymlink {
			found[name] = "link"
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A container that prints without end, to both streams, on a small disk: its run
// succeeds, its log says what is missing, and the site goes on receiving.
func TestAContainerThatFillsASmallDisk(t *testing.T) {
	t.Setenv("TMPDIR", testdisk.New(t, 64<<20))
	site := programs.NewSite(t, testenv.Docker(t, 1), `retention { reserve = "24MiB" }`)
	site.Flow("prints", fmt.Sprintf(`
triggers: [{Modality: CT}]
models:
  - image: %s
    command: [sh, -c, "yes 0123456789abcde | head -c 25000000; yes 0123456789abcde | head -c 25000000 >&2; cp /input/*.dcm /output/"]
    pull_before_exec: false
`, testenv.Busybox))
	site.Start()
	for n := range 2 {
		site.Send(testenv.Write(t, testenv.Object{Instance: dcm.UID(fmt.Sprintf("1.2.%d", n+1))})...)
		testenv.Until(t, "a run to be done", func() (bool, string) {
			runs := site.Runs("prints")
			return len(runs) == n+1 && runs[0].State == run.Done && runs[n].State == run.Done, fmt.Sprint(len(runs))
		})
	}
	for _, r := range site.Runs("prints") {
		if text := printed(t, site, r); !strings.Contains(text, "disk near its reserve") || !strings.Contains(text, "are missing here") {
			t.Errorf("the log of %s does not say what is missing: it ends with %q", r.ID, text[max(0, len(text)-300):])
		}
	}
	site.NoContainers() // what they mount is on the small disk
}

// While the disk is below its reserve, what runs ends, the next task waits and
// says for what, and senders are told to try again. When there is room, all go
// on: nothing has failed.
func TestTasksWaitForRoom(t *testing.T) {
	t.Setenv("TMPDIR", testdisk.New(t, 64<<20))
	site := programs.NewSite(t, testenv.Fake(1), `retention { reserve = "24MiB" }`)
	site.Flow("two", `
triggers: [{Modality: CT}]
models:
  - {image: any, options: {hold: true}, output_mounts: {mid: /output}}
  - {image: any, input_mounts: {mid: /in}, output_mounts: {dst: /output}}
`)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Run("two", "running its first model", testenv.Running(1))
	ballast := filepath.Join(site.Dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 45<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := site.Backend().Release(sdk.AttemptID(r.Tasks[0].Attempts[0].ID)); err != nil {
		t.Fatal(err)
	}
	site.Run("two", "waiting for room", func(r api.Run) bool {
		return r.Tasks[0].State == run.TaskSucceeded && r.Tasks[1].State == run.TaskPending && strings.Contains(r.Tasks[1].Reason, "disk below its reserve")
	})
	if output, err := testenv.Storescu(t, site.DICOM(), nil, testenv.Write(t, testenv.Object{})...); err == nil || !strings.Contains(output, "Local Limit Exceeded") {
		t.Errorf("a sender is told %v: %s", err, output)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	site.Ended("two", run.Done)
	site.Send(testenv.Write(t, testenv.Object{})...)
}
