package job

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
)

// bench is a folder of an attempt, and the script run as Slurm would, without
// Slurm.
type bench struct {
	t      *testing.T
	Folder Folder
	Script Script
	id     string
	uid    int      // who the script runs as, if root runs the test
	path   string   // of its commands, if they are not the usual ones
	kept   []string // in the node's scratch, at the end
}

func newBench(t *testing.T, run string) *bench {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	root := t.TempDir()
	for _, name := range []string{"attempt", "scratch"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(root, "attempt")
	return &bench{t: t, Folder: Folder(folder), id: "77", Script: Script{
		Folder: folder, Attempt: "a-1", Scratch: filepath.Join(root, "scratch"), Grace: time.Second, Run: run,
	}}
}

func (b *bench) start() *exec.Cmd {
	b.t.Helper()
	path := b.Folder.Path(ScriptFile)
	if err := os.WriteFile(path, []byte(b.Script.Text()), 0o755); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	b.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "bash", path)
	cmd.Env = append(os.Environ(), "SLURM_JOB_ID="+b.id, "SLURMD_NODENAME=n1")
	if b.path != "" {
		cmd.Env = append(cmd.Env, "PATH="+b.path)
	}
	log, err := os.OpenFile(b.Folder.Path(LogFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		b.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if b.uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(b.uid), Gid: uint32(b.uid)}
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	return cmd
}

// ends waits for the end and returns the record.
func (b *bench) ends(cmd *exec.Cmd) Record {
	b.t.Helper()
	_ = cmd.Wait()
	r, whole := b.Folder.ReadRecord()
	if !whole {
		b.t.Fatalf("no record of the end; log: %s", b.read(LogFile))
	}
	var left []string
	entries, _ := os.ReadDir(b.Script.Scratch)
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if !slices.Equal(left, b.kept) {
		b.t.Errorf("left in scratch: %v, want %v; log: %s", left, b.kept, b.read(LogFile))
	}
	return r
}

// leave makes a folder in the node's scratch as an attempt with a folder does,
// and returns its path.
func (b *bench) leave(name, of string) string {
	b.t.Helper()
	path := filepath.Join(b.Script.Scratch, name)
	if err := errors.Join(os.Mkdir(path, 0o755), os.WriteFile(filepath.Join(path, ".of"), []byte(of), 0o644)); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) read(name string) string {
	text, _ := os.ReadFile(b.Folder.Path(name))
	return string(text)
}

// until waits until a file of the folder holds a text.
func (b *bench) until(name, text string) {
	b.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !strings.Contains(b.read(name), text); <-tick.C {
		if time.Now().After(end) {
			b.t.Fatalf("%s holds %q, want %q; log: %s", name, b.read(name), text, b.read(LogFile))
		}
	}
}

func signal(t *testing.T, cmd *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestScriptEnds(t *testing.T) {
	for _, row := range []struct {
		name, prepare, run string
		timeout            time.Duration
		reason, asked      string
		code               int
		ran                bool
	}{
		{name: "by itself", run: `exec sh -c 'echo out; echo err >&2; exit 7'`, reason: Exited, code: 7, ran: true},
		{name: "with success", run: `exec true`, reason: Exited, ran: true},
		{name: "by a signal", run: `exec sh -c 'kill -9 $$'`, reason: Exited, code: 137, ran: true},
		{name: "without an image", prepare: `echo "no such image" >"$RADDEPLOY_MESSAGE"; return 125`, reason: Image, code: 125},
		{name: "when its time is over", run: `exec sleep 60`, timeout: 200 * time.Millisecond, reason: Asked, asked: "time", code: 143, ran: true},
		{name: "by force when its time is over", run: `trap "" TERM; sleep 60 & wait; sleep 60`, timeout: 200 * time.Millisecond, reason: Asked, asked: "time", code: 137, ran: true},
		{name: "because the launcher failed", run: `echo "no runtime" >"$RADDEPLOY_MESSAGE"; exit 125`, reason: Start, code: 125, ran: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, row.run)
			b.Script.Prepare, b.Script.Timeout = row.prepare, row.timeout
			r := b.ends(b.start())
			if r.Reason != row.reason || r.Code != row.code || r.Asked != row.asked || r.Started.IsZero() == row.ran || r.Node != "n1" {
				t.Errorf("%+v; log: %s", r, b.read(LogFile))
			}
			if r.Finished.IsZero() || r.Finished.Before(r.Started) {
				t.Errorf("started %v, finished %v", r.Started, r.Finished)
			}
			if row.timeout > 0 && r.Finished.Sub(r.Started) < row.timeout {
				t.Errorf("ended after %v", r.Finished.Sub(r.Started))
			}
			if row.reason == Image && r.Message != "no such image" {
				t.Errorf("message %q", r.Message)
			}
		})
	}
}

func TestScriptKeepsStreamsApart(t *testing.T) {
	t.Parallel()
	b := newBench(t, `exec sh -c 'printf out; printf error >&2'`)
	r := b.ends(b.start())
	if b.read(StdoutFile) != "out" || b.read(StderrFile) != "error" || r.Stdout != 3 || r.Stderr != 5 {
		t.Errorf("%q, %q, %+v", b.read(StdoutFile), b.read(StderrFile), r)
	}
}

func TestScriptForwardsTerm(t *testing.T) {
	t.Parallel()
	b := newBench(t, `exec sh -c 'trap "echo asked; exit 3" TERM; echo ready; while :; do sleep 0.05; done'`)
	cmd := b.start()
	b.until(StdoutFile, "ready")
	signal(t, cmd, syscall.SIGTERM)
	if r := b.ends(cmd); r.Reason != Asked || r.Asked != "stop" || r.Code != 3 || b.read(StdoutFile) != "ready\nasked\n" {
		t.Errorf("%+v, %q", r, b.read(StdoutFile))
	}
}

// The grace that the executor has written is kept by the script, for the
// executor may be gone.
func TestScriptKeepsGrace(t *testing.T) {
	t.Parallel()
	b := newBench(t, `exec sh -c 'trap "" TERM; echo ready; while :; do sleep 0.05; done'`)
	b.Script.Cleanup = `echo cleaned`
	cmd := b.start()
	b.until(StdoutFile, "ready")
	if err := b.Folder.Write(StopFile, []byte("grace 0.3\n")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	signal(t, cmd, syscall.SIGTERM)
	if r := b.ends(cmd); r.Reason != Asked || r.Code != 137 || time.Since(began) < 300*time.Millisecond {
		t.Errorf("%+v after %v", r, time.Since(began))
	}
	if !strings.Contains(b.read(LogFile), "cleaned") {
		t.Error("the launcher did not clean up")
	}
}

func TestScriptIsForcedWhileItPrepares(t *testing.T) {
	t.Parallel()
	b := newBench(t, `exit 9`)
	b.Script.Prepare = `echo preparing >"$folder/mark"; sleep 60`
	cmd := b.start()
	b.until("mark", "preparing")
	signal(t, cmd, syscall.SIGUSR1)
	if r := b.ends(cmd); r.Reason != Asked || !r.Started.IsZero() {
		t.Errorf("%+v", r)
	}
}

// A second job of an attempt runs nothing and says nothing.
func TestScriptRunsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, `echo ran; exec sh -c 'while test ! -e go; do sleep 0.02; done'`)
	first := b.start()
	b.until(StdoutFile, "ran")
	second := *b
	second.id = "78"
	if err := second.start().Wait(); err != nil {
		t.Errorf("the second job: %v", err)
	}
	if _, ended := b.Folder.ReadRecord(); ended {
		t.Error("the second job has told an end")
	}
	if err := b.Folder.Write("go", nil); err != nil {
		t.Fatal(err)
	}
	if r := b.ends(first); r.Reason != Exited || r.Code != 0 {
		t.Errorf("%+v", r)
	}
	if err := b.start().Wait(); err != nil {
		t.Errorf("a job after the end: %v", err)
	}
	if got := b.read(StdoutFile); got != "ran\n" {
		t.Errorf("it ran: %q", got)
	}
	if b.Folder.ID() != "77" {
		t.Errorf("the claim is of %q", b.Folder.ID())
	}
}

func TestScriptOfARequeuedJob(t *testing.T) {
	t.Parallel()
	b := newBench(t, `echo ran`)
	if err := b.Folder.Write(ClaimFile, []byte("77.9\n")); err != nil {
		t.Fatal(err)
	}
	if r := b.ends(b.start()); r.Reason != Requeued || b.read(StdoutFile) != "" {
		t.Errorf("%+v", r)
	}
}

func TestScriptMovesFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t, `cd "$RADDEPLOY_SCRATCH" && cat in0/a/b && echo changed >in0/a/b && echo x >out0/y && ls "$RADDEPLOY_SCRATCH/s0"`)
	root := filepath.Dir(string(b.Folder))
	in, out := filepath.Join(root, "it's in"), filepath.Join(root, "out")
	for _, dir := range []string{filepath.Join(in, "a"), out} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(in, "a", "b")
	if err := os.WriteFile(file, []byte("original"), 0o400); err != nil {
		t.Fatal(err)
	}
	b.Script.Inputs = []Copy{{in, "in0"}}
	b.Script.Folders = []string{"out0", "s0"}
	b.Script.Outputs = []Copy{{out, "out0"}}
	r := b.ends(b.start())
	text, _ := os.ReadFile(file)
	moved, _ := os.ReadFile(filepath.Join(out, "y"))
	if r.Code != 0 || string(text) != "original" || string(moved) != "x\n" || b.read(StdoutFile) != "original" {
		t.Errorf("%+v; source %q, output %q, said %q; log: %s", r, text, moved, b.read(StdoutFile), b.read(LogFile))
	}
}

// A user who is not root can read what the process left, whatever modes it gave.
func TestScriptLeavesReadableOutputs(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	b := newBench(t, `mkdir deep && echo x >deep/a && chmod 0 deep/a deep`)
	b.uid = 65534
	out := filepath.Join(b.Script.Scratch, "..", "out")
	b.Script.Direct = []string{out}
	b.Script.Run = `cd ` + bash.Quote(out) + ` && ` + b.Script.Run
	if err := errors.Join(os.Mkdir(out, 0o755), os.Chown(out, b.uid, -1), os.Chown(b.Script.Scratch, b.uid, -1), os.Chown(string(b.Folder), b.uid, -1)); err != nil {
		t.Fatal(err)
	}
	for dir := out; dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if r := b.ends(b.start()); r.Code != 0 || r.Reason != Exited {
		t.Fatalf("%+v: %s", r, b.read(StderrFile))
	}
	for path, want := range map[string]os.FileMode{"deep": 0o700, "deep/a": 0o600} {
		if info, err := os.Stat(filepath.Join(out, path)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info, err, want)
		}
	}
}

// What an attempt left whose folder is gone is removed, unless the folder may
// only be out of sight, or the left-over is not what it seems.
func TestScriptSweepsScratch(t *testing.T) {
	t.Parallel()
	b := newBench(t, `true`)
	keep := map[string]string{"raddeploy-other": "/nowhere/attempt", "raddeploy-runs": string(b.Folder)}
	for name, of := range keep {
		b.leave(name, of)
	}
	b.leave("raddeploy-gone", filepath.Join(filepath.Dir(string(b.Folder)), "gone"))
	precious := b.leave("precious", filepath.Join(filepath.Dir(string(b.Folder)), "gone"))
	if err := os.Symlink(precious, filepath.Join(b.Script.Scratch, "raddeploy-link")); err != nil {
		t.Fatal(err)
	}
	b.kept = []string{"precious", "raddeploy-link", "raddeploy-other", "raddeploy-runs"}
	b.ends(b.start())
}

// The attempt's scratch, with its private copies of inputs, is nobody else's:
// neither to read nor to have made first.
func TestScriptKeepsItsScratchToItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, `stat -c %a "$RADDEPLOY_SCRATCH"`)
	b.leave("raddeploy-"+b.Script.Attempt, "of an earlier job")
	if r := b.ends(b.start()); r.Code != 0 || b.read(StdoutFile) != "700\n" {
		t.Errorf("%+v; the mode is %s", r, b.read(StdoutFile))
	}
	for what, make := range map[string]func(path string) error{
		"a folder of somebody else": func(path string) error { return errors.Join(os.Mkdir(path, 0o777), os.Chown(path, 65534, 65534)) },
		"a link":                    func(path string) error { return os.Symlink(t.TempDir(), path) },
	} {
		b := newBench(t, `echo ran`)
		taken := "raddeploy-" + b.Script.Attempt
		if err := make(filepath.Join(b.Script.Scratch, taken)); err != nil {
			t.Logf("%s: %v", what, err) // only root can give one away
			continue
		}
		b.kept = []string{taken}
		if r := b.ends(b.start()); r.Reason != Start || !strings.Contains(r.Message, "somebody else") || b.read(StdoutFile) != "" {
			t.Errorf("%s: %+v, said %q", what, r, b.read(StdoutFile))
		}
	}
}

func TestRecordThatIsNotWhole(t *testing.T) {
	for _, text := range []string{"", "reason exited\ncode 0\n", "end\n"} {
		if _, whole := parseRecord(text); whole {
			t.Errorf("%q counts as whole", text)
		}
	}
}

// signalsItselfBeforeItRuns makes the script's own commands send it a signal at
// a moment: just before it records that it is running, when its process is not
// begun yet.
func (b *bench) signalsItselfBeforeItRuns(name string) {
	b.t.Helper()
	bin := b.t.TempDir()
	mv := "#!/bin/bash\ncase \"$*\" in */phase) grep -q ^running \"${@: -2:1}\" && kill -" + name + " \"$(cut -d' ' -f5 /proc/$$/stat)\";; esac\nexec /bin/mv \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "mv"), []byte(mv), 0o755); err != nil {
		b.t.Fatal(err)
	}
	b.path = bin + ":" + os.Getenv("PATH")
}

// A signal that comes in the moment before the process begins is not lost.
func TestScriptIsAskedJustBeforeItRuns(t *testing.T) {
	t.Parallel()
	b := newBench(t, `exec sh -c 'trap "echo asked; exit 0" TERM; echo begun; sleep 5 & wait; echo done'`)
	b.signalsItselfBeforeItRuns("TERM")
	if r := b.ends(b.start()); r.Reason != Asked || r.Asked != "stop" || strings.Contains(b.read(StdoutFile), "done") {
		t.Errorf("%+v, it said %q; log: %s", r, b.read(StdoutFile), b.read(LogFile))
	}
}

// Who was asked to end, and then exceeds its time too, was asked to end.
func TestScriptExceedsItsTimeWhileItEnds(t *testing.T) {
	t.Parallel()
	b := newBench(t, `exec sh -c 'trap "" TERM; echo ready; while :; do sleep 0.05; done'`)
	b.Script.Timeout = 500 * time.Millisecond
	cmd := b.start()
	b.until(StdoutFile, "ready")
	signal(t, cmd, syscall.SIGTERM)
	if r := b.ends(cmd); r.Reason != Asked || r.Asked != "stop" || r.Code != 137 {
		t.Errorf("%+v", r)
	}
}

// What a job that was killed left running outside of itself is ended by the
// next one on the node, in the words of its own launcher.
func TestScriptEndsWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	killed := newBench(t, `exec sh -c 'echo ready; sleep 60'`)
	mark := filepath.Join(t.TempDir(), "cleaned")
	killed.Script.Cleanup = `echo "${RADDEPLOY_SCRATCH##*/}" >` + bash.Quote(mark)
	cmd := killed.start()
	killed.until(StdoutFile, "ready")
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	next := *killed
	next.Folder += "-next"
	next.Script.Folder, next.Script.Attempt, next.Script.Run, next.Script.Cleanup = string(next.Folder), "a-2", "true", ""
	if err := os.Mkdir(next.Script.Folder, 0o755); err != nil {
		t.Fatal(err)
	}
	next.kept = []string{"raddeploy-a-1"} // its attempt is not removed yet
	next.ends(next.start())
	if _, err := os.Stat(mark); err == nil {
		t.Error("what was left of an attempt that is not removed was ended")
	}
	if err := errors.Join(os.RemoveAll(string(killed.Folder)), os.Remove(next.Folder.Path(ExitFile)), os.Remove(next.Folder.Path(ClaimFile))); err != nil {
		t.Fatal(err)
	}
	next.kept = nil
	next.ends(next.start())
	if text, _ := os.ReadFile(mark); string(text) != "raddeploy-a-1\n" {
		t.Errorf("it was ended as %q; log: %s", text, next.read(LogFile))
	}
}

// A job has the home folder of its user, though the agent's own environment
// names none.
func TestScriptKnowsItsHome(t *testing.T) {
	t.Setenv("HOME", "")
	b := newBench(t, `echo "$HOME"`)
	user, err := user.Current()
	if err != nil {
		t.Skipf("nobody knows the home folder of this user: %v", err)
	}
	if b.ends(b.start()); b.read(StdoutFile) != user.HomeDir+"\n" {
		t.Errorf("HOME is %q, want %s", b.read(StdoutFile), user.HomeDir)
	}
}
