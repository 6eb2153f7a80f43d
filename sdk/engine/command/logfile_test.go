package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

const when = "2026-11-30T05:12:36.174364426+00:00 "

// read reads a stream from a cursor on, and returns the cursor behind it.
func read(t *testing.T, path string, stream sdk.Stream, after sdk.Cursor) (string, sdk.Cursor, error) {
	t.Helper()
	var all strings.Builder
	request := engine.LogRequest{LogRequest: sdk.LogRequest{Stream: stream, After: after}}
	err := command.Output(path, request, func(chunk sdk.LogChunk) error {
		if len(chunk.Data) == 0 || len(chunk.Data) > attempts.MaxChunk || chunk.Time.IsZero() {
			t.Errorf("a chunk of %d bytes at %v", len(chunk.Data), chunk.Time)
		}
		all.Write(chunk.Data)
		after = chunk.Next
		return nil
	})
	return all.String(), after, err
}

func TestOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "output")
	if all, _, err := read(t, path, sdk.Stdout, ""); all != "" || err != nil {
		t.Errorf("of a file that is not there: %q, %v", all, err)
	}
	write := func(text string) {
		t.Helper()
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = file.WriteString(text)
			file.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(when + "stdout F one\n" + when + "stderr F other\n" + when + "stdout P \x00\xff two\n" + when + "stdout F  words\n" + when + "stdout F \n" + when + "stdout P ha")
	all, at, err := read(t, path, sdk.Stdout, "")
	if want := "one\n\x00\xff two words\n\n"; all != want || err != nil {
		t.Errorf("stdout is %q (%v), want %q", all, err, want)
	}
	write("lf a line\n")
	if rest, _, err := read(t, path, sdk.Stdout, at); rest != "half a line" || err != nil {
		t.Errorf("from the cursor on it is %q (%v)", rest, err)
	}
	if all, _, err := read(t, path, sdk.Stderr, ""); all != "other\n" || err != nil {
		t.Errorf("stderr is %q (%v)", all, err)
	}
	long := strings.Repeat("x", 8000)
	for range 20 {
		write(when + "stderr F " + long + "\n")
	}
	if all, _, err := read(t, path, sdk.Stderr, ""); all != "other\n"+strings.Repeat(long+"\n", 20) || err != nil {
		t.Errorf("%d bytes of a long output (%v)", len(all), err)
	}
	for _, cursor := range []sdk.Cursor{"x", "-1", "1.5"} {
		if _, _, err := read(t, path, sdk.Stdout, cursor); sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	write("nonsense\n")
	if _, _, err := read(t, path, sdk.Stdout, ""); err == nil || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a line that is none: %v", err)
	}
}
