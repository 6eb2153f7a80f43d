package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
)

var updateScripts = flag.Bool("update-scripts", false, "write what commands really print into the scripts of testdata/script")

// TestScripts runs the command lines in testdata/script with the program as it is built, its plugins beside it. $DICOM is a folder of real DICOM files;
// [dicom] says whether it is there.
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
			return nil
		},
		Condition: func(word string) (bool, error) {
			return word == "dicom" && missing == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"phantom":  makePhantom,
			"exitcode": exitCode,
		},
	})
}

// makePhantom is "phantom FOLDER SLICES": a small series that nobody ever was, the same each time.
func makePhantom(ts *testscript.TestScript, _ bool, args []string) {
	slices, err := strconv.Atoi(args[1])
	ts.Check(err)
	_, err = phantom.Write(ts.MkAbs(args[0]), phantom.Options{Slices: slices, Size: 16, Seed: 7})
	ts.Check(err)
}

// exitCode is "exitcode CODE PROGRAM ARGS…": it fails unless the program ends with that code.
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
