package skeleton_test

import (
	"os"
	"path/filepath"
	"testing"
)

// promises are tests of a new plugin from its inside, of what the conformance
// suite cannot bring about from outside.
const promises = `package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/raddeploy/raddeploy/sdk"
)

func configured(t *testing.T, shell string) *Executor {
	e := &Executor{config: &Config{Shell: shell}}
	if err := e.Configure(t.Context(), sdk.Site{Name: "s", WorkDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatCannotBeToldIsNotListedAsEnded(t *testing.T) {
	e := configured(t, "/bin/sh")
	for name, text := range map[string]string{"lock": "", "began": "", "exit": "garbage"} {
		path := e.backend.path("a", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if held, err := e.List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("List has %v, error %v; want one of kind Unavailable", held, err)
	}
}

func TestOnlyAnUnreachableBackendIsTriedWithoutEnd(t *testing.T) {
	task := &sdk.Task{Attempt: "a", Options: &Options{}, Container: sdk.Container{Command: []string{"true"}}}
	if _, err := configured(t, "/nowhere/sh").Start(t.Context(), task); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("without a backend: %v", err)
	}
	e := configured(t, "/bin/sh")
	if err := os.WriteFile(e.backend.dir, nil, 0o600); err != nil { // where a folder should be
		t.Fatal(err)
	}
	if _, err := e.Start(t.Context(), task); err == nil || sdk.KindOf(err) != sdk.Unknown {
		t.Errorf("with one that cannot start it: %v", err)
	}
}

func TestEachChangeOfTheFingerprintIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := configured(t, "/nowhere/one")
		enough := errors.New("enough")
		err := e.Fingerprint(context.Background(), func(f sdk.Fingerprint) error {
			switch {
			case strings.Contains(f.Message, "/nowhere/one"):
				e.backend.shell = "/nowhere/two"
				return nil
			case strings.Contains(f.Message, "/nowhere/two"):
				return enough
			}
			return errors.New("another message: " + f.Message)
		})
		if err != enough {
			t.Error(err)
		}
	})
}
`

func TestANewPluginKeepsWhatTheSuiteCannotSee(t *testing.T) {
	t.Parallel()
	folder := write(t)
	if err := os.WriteFile(filepath.Join(folder, "promises_test.go"), []byte(promises), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, folder, "test", "-count=1", "-timeout=60s", "-run=Test(What|Only|Each)", ".")
}
