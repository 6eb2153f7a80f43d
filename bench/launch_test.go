package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// containerdSocket is where make services has containerd listen.
const containerdSocket = "/run/raddeploy-containerd/containerd.sock"

// BenchmarkLaunch launches each executor plugin as the agent does: process,
// handshake with mutual TLS, configuration, and the first word that its backend
// is healthy. Beside it stands how long the bare program needs to say its
// version.
func BenchmarkLaunch(b *testing.B) {
	for name, config := range map[string]string{
		"docker":     `{}`,
		"containerd": `{"endpoint": "unix://` + containerdSocket + `"}`,
		"process":    `{}`,
		"fake":       `{"dir": "` + b.TempDir() + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			spec := plugin.Spec{
				Name:   name,
				Path:   pluginProgram(b, name),
				Site:   sdk.Site{Name: "bench", WorkDir: b.TempDir()},
				Decode: func(sdk.Schema) ([]byte, error) { return []byte(config), nil },
			}
			launched := side{what: "launch of " + name + " to healthy", unit: "ms"}
			bare := side{what: "its program alone, saying its version", unit: "ms"}
			for range 9 {
				begun := time.Now()
				if err := exec.Command(spec.Path, "-version").Run(); err != nil {
					b.Fatal(err)
				}
				bare.milliseconds(time.Since(begun))
				launched.milliseconds(launch(b, spec))
			}
			limit(b, launched, promise{most: 300})
			remarkRatio(launched, bare)
		})
	}
}

// launch returns how long it takes until an executor is healthy.
func launch(b *testing.B, spec plugin.Spec) time.Duration {
	b.Helper()
	ctx, stop := context.WithTimeout(b.Context(), patience)
	defer stop()
	executor := plugin.New(spec, nil)
	ended := make(chan struct{})
	begun := time.Now()
	go func() {
		_ = executor.Run(ctx) // it has no error to return
		close(ended)
	}()
	defer func() {
		stop()
		<-ended
	}()
	for {
		changed := executor.Changed()
		switch now := executor.Fingerprint(); {
		case executor.Err() == nil && now.Health == sdk.Healthy:
			return time.Since(begun)
		case now.Health == sdk.Undetected:
			skip(b, now.Message)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			b.Fatalf("executor %s is not healthy after %s: %v, %s", spec.Name, patience, executor.Err(), executor.Fingerprint().Message)
		}
	}
}

// pluginProgram returns the path of a built plugin; the scripted one is built here.
func pluginProgram(b *testing.B, name string) string {
	b.Helper()
	if name == "fake" {
		return fakePlugin(b)
	}
	path := filepath.Join(filepath.Dir(program(b)), "plugins", "raddeploy-executor-"+name)
	if _, err := os.Stat(path); err != nil {
		skip(b, err.Error()+": run make build")
	}
	return path
}
