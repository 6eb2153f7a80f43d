package host_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
	"github.com/raddeploy/raddeploy/sdk/host"
)

func launch(t *testing.T, options host.Options) *host.Client {
	t.Helper()
	if options.Path == "" {
		options.Path = program
	}
	client, err := host.Launch(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func configured(t *testing.T, options host.Options) (*host.Client, fake.Backend) {
	t.Helper()
	backend := fake.Backend{Dir: t.TempDir()}
	client := launch(t, options)
	if err := client.Configure(t.Context(), sdk.Site{Name: "test", Instance: "fake"}, fmt.Appendf(nil, `{"dir": %q}`, backend.Dir)); err != nil {
		t.Fatal(err)
	}
	return client, backend
}

func TestLaunchDescribesThePlugin(t *testing.T) {
	description := launch(t, host.Options{}).Description()
	if description.Name != "fake" {
		t.Errorf("the plugin is called %q", description.Name)
	}
	if want := (sdk.Capabilities{Logs: true, Stats: true, Prefetch: true, Images: true}); description.Capabilities != want {
		t.Errorf("capabilities %+v, want %+v", description.Capabilities, want)
	}
}

// A launch takes at most 300 ms; on a machine that is busy with other things,
// ten times what the bare program needs to say its version.
func TestLaunchIsQuick(t *testing.T) {
	best, bare := time.Hour, time.Hour
	for range 5 {
		before := time.Now()
		if err := exec.Command(program, "-version").Run(); err != nil {
			t.Fatal(err)
		}
		bare = min(bare, time.Since(before))
		before = time.Now()
		client := launch(t, host.Options{})
		best = min(best, time.Since(before))
		client.Close()
	}
	t.Logf("launched in %v, the bare program ran for %v", best, bare)
	if limit := max(300*time.Millisecond, 10*bare); best > limit {
		t.Errorf("the quickest of five launches took %v, want at most %v", best, limit)
	}
}

func TestEnvironmentIsNotInherited(t *testing.T) {
	t.Setenv("RADDEPLOY_TEST_SECRET", "inherited")
	client := launch(t, host.Options{Env: []string{"GIVEN=1"}})
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", client.PID()))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no /proc here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for entry := range bytes.SplitSeq(bytes.TrimRight(data, "\x00"), []byte{0}) {
		name, _, _ := strings.Cut(string(entry), "=")
		names = append(names, name)
	}
	for _, name := range names {
		ours := name == "PATH" || name == "GIVEN" || strings.HasPrefix(name, "RADDEPLOY_PLUGIN_") || strings.HasPrefix(name, "PLUGIN_")
		if !ours {
			t.Errorf("the plugin was given %s", name)
		}
	}
	if !slices.Contains(names, "GIVEN") {
		t.Errorf("the plugin was not given GIVEN, only %q", names)
	}
}

func TestLaunchRefuses(t *testing.T) {
	folder := t.TempDir()
	script := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	open, sticky := filepath.Join(folder, "of-all"), filepath.Join(folder, "as-tmp")
	for path, mode := range map[string]os.FileMode{open: 0o777, sticky: 0o777 | os.ModeSticky} {
		if err := errors.Join(os.Mkdir(path, 0o755), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	otherVersion := script("v7", "#!/bin/sh\necho '1|7|unix|/nowhere|grpc|'\nread line\n", 0o755)
	for _, test := range []struct {
		name    string
		options host.Options
		want    string
	}{
		{"absent", host.Options{Path: filepath.Join(folder, "none")}, "is not there"},
		{"folder", host.Options{Path: folder}, "is not a file"},
		{"not executable", host.Options{Path: script("plain", "", 0o644)}, "chmod +x"},
		{"changeable by all", host.Options{Path: script("open", "", 0o777)}, "chmod o-w"},
		{"replaceable by all", host.Options{Path: script("of-all/plugin", "#!/bin/sh\nexit 3\n", 0o755)}, "chmod o-w on its folder " + open},
		// it was launched
		{"in a sticky folder", host.Options{Path: script("as-tmp/plugin", "#!/bin/sh\nexit 3\n", 0o755)}, "exit status 3"},
		{"other checksum", host.Options{Path: program, SHA256: strings.Repeat("0", 64)}, "the site wants sha256 0000"},
		{"other version", host.Options{Path: otherVersion}, "speaks version 7 of the executor contract, this agent speaks version 1"},
		{"no plugin", host.Options{Path: script("hello", "#!/bin/sh\necho hello\nread line\n", 0o755)}, "is not an executor plugin"},
		{"ends at once", host.Options{Path: script("oops", "#!/bin/sh\necho no disk >&2\nexit 3\n", 0o755)}, "ended before it could be called: exit status 3; it said: no disk"},
		{"not a program", host.Options{Path: script("text", "hello\n", 0o755)}, "exec format error"},
		{"silent", host.Options{Path: script("silent", "#!/bin/sh\nread line\n", 0o755), StartTimeout: 50 * time.Millisecond}, "did not answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.SocketDir = t.TempDir()
			client, err := host.Launch(t.Context(), test.options)
			if err == nil {
				client.Close()
				t.Fatal("the plugin was launched")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want one with %q", err, test.want)
			}
			if left, _ := os.ReadDir(test.options.SocketDir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestLaunchTakesTheRightChecksum(t *testing.T) {
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	launch(t, host.Options{SHA256: strings.ToUpper(hex.EncodeToString(sum[:]))})
}

func TestLaunchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := host.Launch(ctx, host.Options{Path: program}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestPluginLogsArriveAtTheirLevel(t *testing.T) {
	output := &locked{}
	logger := hclog.New(&hclog.LoggerOptions{Output: output, Level: hclog.Info, Mutex: &output.mu})
	backend := t.TempDir()
	client := launch(t, host.Options{Logger: logger})
	config := fmt.Appendf(nil, `{"dir": %q, "broken": "panic"}`, backend)
	if err := client.Configure(t.Context(), sdk.Site{}, config); err != nil {
		t.Fatal(err)
	}
	_, err := client.ValidateTask(t.Context(), &sdk.Task{Attempt: "a"})
	if err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Fatalf("error %v, want one that tells of the panic", err)
	}
	client.Close()
	if text := output.String(); !strings.Contains(text, "[ERROR]") || !strings.Contains(text, "panic in a call") {
		t.Errorf("the agent's log lacks the plugin's error:\n%s", text)
	}
	if text := output.String(); strings.Contains(text, "[DEBUG]") {
		t.Errorf("the agent's log has what is below its level:\n%s", text)
	}
}
