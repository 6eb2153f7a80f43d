package cli

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
)

var updateScripts = flag.Bool("update-scripts", false, "write what commands really print into the scripts of testdata/script")

// TestScripts runs the command lines in testdata/script with the program as it
// is built, its plugins beside it. $DICOM is a folder of real DICOM files;
// [dicom] says whether it is there, and [shell:zsh] whether that shell is. $SCP
// and $HTTP are free addresses for an agent, which site.hcl is made for, and
// $SCP_PORT and $HTTP_PORT their ports.
func TestScripts(t *testing.T) {
	programs, err := testenv.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Abs("../../../shared/data/dicom")
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(files)
	if missing != nil && os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *updateScripts,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DICOM", files)
			env.Setenv("PATH", filepath.Dir(programs.Agent)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return site(t, env)
		},
		Condition: func(word string) (bool, error) {
			if shell, ok := strings.CutPrefix(word, "shell:"); ok {
				return haveShell(shell)
			}
			return word == "dicom" && missing == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"phantom":  makePhantom,
			"cutone":   cutOne,
			"exitcode": exitCode,
			"await":    await,
			"awaitout": awaitOutput,
			"firstid":  firstID,
			"hook":     hook,
		},
	})
}

// haveShell is the condition [shell:NAME]: whether a shell is installed, which
// continuous integration says that it is.
func haveShell(name string) (bool, error) {
	_, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		return false, err
	}
	return err == nil, nil
}

// makePhantom is "phantom FOLDER SLICES": a small series that nobody ever was,
// the same each time.
func makePhantom(ts *testscript.TestScript, _ bool, args []string) {
	slices, err := strconv.Atoi(args[1])
	ts.Check(err)
	_, err = phantom.Write(ts.MkAbs(args[0]), phantom.Options{Slices: slices, Size: 16, Seed: 7})
	ts.Check(err)
}

// cutOne is "cutone FOLDER": it puts the beginning of a file of a folder beside it,
// as truncated.dcm.
func cutOne(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*"))
	ts.Check(err)
	content, err := os.ReadFile(files[0])
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "truncated.dcm"), content[:len(content)-1], 0o644))
}

// exitCode is "exitcode CODE PROGRAM ARGS…": it fails unless the program ends
// with that code.
func exitCode(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// site gives a script that has none a site whose tasks are processes.
func site(t *testing.T, env *testscript.Env) error {
	scp, http := freeAddress(t), freeAddress(t)
	env.Setenv("SCP", scp)
	env.Setenv("HTTP", "http://"+http)
	env.Setenv("SCP_PORT", scp[strings.LastIndex(scp, ":")+1:])
	env.Setenv("HTTP_PORT", http[strings.LastIndex(http, ":")+1:])
	path := filepath.Join(env.WorkDir, "site.hcl")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return os.WriteFile(path, []byte(fmt.Sprintf("dicom {\n  listen = %q\n}\nhttp {\n  listen        = %q\n  require_token = false\n}\nretention {\n  reserve = \"1MiB\"\n}\n"+
		"executor \"process\" {\n  cpus = 1\n}\n", scp, http)), 0o644)
}

// patience is how long a script waits for anything.
const patience = 90 * time.Second

// await is "await PROGRAM ARGS…": it runs the program again and again until it
// succeeds.
func await(ts *testscript.TestScript, _ bool, args []string) {
	again(ts, "success", func() bool { return ts.Exec(args[0], args[1:]...) == nil })
}

// awaitOutput is "awaitout REGEXP PROGRAM ARGS…": it runs the program again and
// again until its standard output matches.
func awaitOutput(ts *testscript.TestScript, _ bool, args []string) {
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	again(ts, args[0], func() bool { return ts.Exec(args[1], args[2:]...) == nil && want.MatchString(ts.ReadFile("stdout")) })
}

func again(ts *testscript.TestScript, what string, done func() bool) {
	for deadline := time.Now().Add(patience); !done(); {
		if time.Now().After(deadline) {
			ts.Fatalf("waited %s for %s", patience, what)
		}
		<-time.After(50 * time.Millisecond) // leave the machine to what is waited for
	}
}

// firstID is "firstid NAME": it sets a variable to the first id that the last
// program printed as JSON.
func firstID(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(`"id": "([^"]+)"`).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("no id was printed")
	}
	ts.Setenv(args[0], found[1])
}
