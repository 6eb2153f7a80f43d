package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
)

// call runs a command line and returns its exit code and what it wrote.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"raddeploy"}, args...), &o, &e)
	return code, o.String(), e.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func freeAddress(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
}

const goodFlow = `
name: copy
triggers: [{Modality: CT}]
models: [{image: busybox, command: "cp -r /input/. /output/"}]
`

func TestExitCodes(t *testing.T) {
	good := write(t, "good.yaml", goodFlow)
	bad := write(t, "bad.yaml", "name: bad\nmodels: [{comand: ls}]\n")
	site := write(t, "site.hcl", "dicom {\n  ae_titel = \"X\"\n}\n")
	series := write(t, "series.hcl", "dicom {\n  complete {\n    on = \"series\"\n idle = \"2m\"\n max_wait = \"1m\"\n  }\n}\n")
	nobody := "http://" + freeAddress(t)
	for _, test := range []struct {
		name string
		args []string
		code int
		says string // on either output
	}{
		{"no command", nil, exitUsage, "Available commands"},
		{"unknown command", []string{"agnet"}, exitUsage, "did you mean agent?"},
		{"word without a command", []string{"flow"}, exitUsage, "convert"},
		{"word with an unknown one", []string{"flow", "lsit"}, exitUsage, `unknown command "flow lsit"`},
		{"word with an unknown one, and what was meant", []string{"plugin", "chekc"}, exitUsage, "did you mean plugin check?"},
		{"help of a word", []string{"flow", "-h"}, exitOK, "convert"},
		{"help of a command", []string{"runs", "-h"}, exitOK, "Exit status"},
		{"version", []string{"version"}, exitOK, "raddeploy dev"},
		{"version as a flag", []string{"-version"}, exitOK, "dev"},
		{"unknown flag", []string{"runs", "-colour"}, exitUsage, "see `raddeploy runs -h`"},
		{"flag with a slip", []string{"runs", "-jsno"}, exitUsage, "flag provided but not defined: -jsno: did you mean -json?"},
		{"two dashes and a slip", []string{"runs", "--stat=failed"}, exitUsage, "did you mean -state?"},
		{"two dashes work", []string{"version", "--json"}, exitOK, `"version": "dev"`},
		{"agent without configuration", []string{"agent"}, exitUsage, "-dev"},
		{"agent with an unknown setting", []string{"agent", "-config", site}, exitUsage, "ae_title"},
		{"agent with a missing file", []string{"agent", "-config", "/nowhere/site.hcl"}, exitUsage, "/nowhere/site.hcl"},
		{"agent with a rule that cannot be", []string{"agent", "-config", series}, exitUsage, "max_wait 1m0s is shorter than idle 2m0s"},
		{"site with a rule that cannot be", []string{"validate", series}, exitNegative, "max_wait 1m0s is shorter than idle 2m0s"},
		{"no agent", []string{"runs", "-address", nobody}, exitUnreachable, "start one with `raddeploy agent`"},
		{"no agent at HOST:PORT", []string{"runs", "-address", strings.TrimPrefix(nobody, "http://")}, exitUnreachable, "start one with `raddeploy agent`"},
		{"valid flow", []string{"validate", good}, exitOK, "0 warnings"},
		{"flow that is not there", []string{"validate", "nowhere.yaml"}, exitNegative, "nowhere.yaml: error: there is no such file"},
		{"site that is not there", []string{"validate", "nowhere.hcl"}, exitNegative, "nowhere.hcl: error: there is no such file"},
		{"invalid flow", []string{"validate", good, bad}, exitNegative, "bad.yaml:2:"},
		{"invalid site", []string{"validate", site}, exitNegative, "site.hcl:2:3"},
		{"flow test without a folder", []string{"flow", "test", good}, exitUsage, "-on DIR"},
		{"flow test of an invalid flow", []string{"flow", "test", bad, "-on", t.TempDir()}, exitUsage, "bad.yaml:2:"},
		{"flow test on nothing", []string{"flow", "test", good, "-on", t.TempDir()}, exitNegative, "copy: no match"},
		{"echo to nobody", []string{"dicom", "echo", freeAddress(t)}, exitNegative, "connection refused"},
		{"echo with a bad title", []string{"dicom", "echo", "-aet", "seventeen letters", "127.0.0.1:1"}, exitUsage, "16 are the most"},
		{"send of nothing", []string{"dicom", "send", "127.0.0.1:1", good}, exitNegative, "no DICOM objects among 1 file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := call(t, test.args...)
			if code != test.code || !strings.Contains(out+errs, test.says) {
				t.Errorf("exit code %d, want %d; %q is to be in\n%s%s", code, test.code, test.says, out, errs)
			}
		})
	}
}

// syncBuffer is a buffer that a command writes while a test reads it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestSendAndReceive(t *testing.T) {
	objects, received := t.TempDir(), t.TempDir()
	files, err := phantom.Write(objects, phantom.Options{Slices: 4, Size: 32})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	address := freeAddress(t)
	var out syncBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"raddeploy", "dicom", "receive", "-listen", address, "-out", received, "-count", "4"}, &out, &out)
	}()
	for code := exitNegative; code != exitOK && ctx.Err() == nil; { // it takes a moment to listen
		code, _, _ = call(t, "dicom", "echo", address)
	}
	code, sent, errs := call(t, "dicom", "send", address, objects)
	if code != exitOK || !strings.Contains(sent, "4 of 4 objects sent") {
		t.Fatalf("send: exit code %d: %s%s", code, sent, errs)
	}
	if code := <-ended; code != exitOK || !strings.Contains(out.String(), "4 objects received") {
		t.Errorf("receive: exit code %d: %s", code, out.String())
	}
	got, err := filepath.Glob(filepath.Join(received, "*.dcm"))
	if err != nil || len(got) != len(files) {
		t.Fatalf("received %d files, %v", len(got), err)
	}
	if sum(t, files) != sum(t, got) {
		t.Error("the data sets have changed on the way")
	}
}

// sum adds up the data sets of files, whatever their order and file meta
// information: the phantom's slices differ in their pixels.
func sum(t *testing.T, files []string) (total uint64) {
	t.Helper()
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		start := bytes.Index(content, []byte("\x08\x00\x05\x00CS"))
		if start < 0 {
			t.Fatalf("%s has no specific character set", file)
		}
		var one uint64 = 14695981039346656037
		for _, b := range content[start:] {
			one = (one ^ uint64(b)) * 1099511628211
		}
		total += one
	}
	return total
}
