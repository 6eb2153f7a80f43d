// Package breakout holds that a task of an executor that runs the host's own
// programs, instead of images, finds no way out of the file system that it was
// given, even as root.
//
// In comes the program of such a plugin; out go test failures that say which
// way is open. The ways are the well-known ones that container engines close,
// too; that none of them is open does not prove that there is no other.
package breakout

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// out leaves the root that the process has for one of its own, and climbs from
// its working directory, which lies outside of that.
const out = `mkdir "/tmp/own"; chroot "/tmp/own"; chdir ".." for 1..64; chroot "."; chdir "/"; print "out\n" if -e $ENV{SECRET}`

// ways are scripts that write "out" if they reach something of the host's. They
// need perl and util-linux.
var ways = []struct{ name, script string }{
	{"chroot", `perl -e '` + out + `'`},
	{"chroot in a user namespace", `perl -MPOSIX -e 'syscall((uname)[4] eq "aarch64" ? 97 : 272, 0x10000000); ` + out + `'`},
	{"the roots of other processes", `for p in /proc/[0-9]*; do if test -e "$p/root$SECRET"; then echo out; fi; done`},
	{"the namespaces of other processes", `for p in /proc/[0-9]*; do nsenter --mount="$p/ns/mnt" test -e "$SECRET" && echo out; done`},
	{"a device", `if mknod /tmp/disk b 7 0; then echo out; fi`},
	{"a mount", `if mount -t tmpfs none /tmp; then echo out; fi`},
	{"settings of the kernel", `if true >>/proc/sys/kernel/core_pattern; then echo out; fi`},
	{"a system request", `if true >>/proc/sysrq-trigger; then echo out; fi`},
}

// Try starts a task for each of the ways. The plugin needs no configuration.
func Try(t *testing.T, program string) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client, err := host.Launch(ctx, host.Options{Path: program})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	work, data := t.TempDir(), t.TempDir()
	if err := client.Configure(ctx, sdk.Site{Name: "breakout", Instance: "one", WorkDir: work, Roots: []string{data}}, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("of the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			id := sdk.AttemptID("a-" + strings.ReplaceAll(way.name, " ", "-"))
			folder := filepath.Join(data, string(id))
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			// The first line shows that the script ran, and that what it looks
			// for is not simply there.
			script := "test -e \"$SECRET\" || echo tried\n{ " + way.script + "; } 2>&1\nexit 0"
			task := &sdk.Task{Attempt: id, WorkDir: folder, Timeout: time.Minute, Container: sdk.Container{
				Command: []string{"sh", "-c", script}, Env: []sdk.EnvVar{{Name: "SECRET", Value: secret}},
			}}
			if _, err := client.Start(ctx, task); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := client.Remove(ctx, id); err != nil {
					t.Error(err)
				}
			}()
			var exit *sdk.Exit
			if err := client.Watch(ctx, id, func(e sdk.Event) error { exit = e.Exit; return nil }); err != nil {
				t.Fatal(err)
			}
			var output bytes.Buffer
			if err := client.Logs(ctx, id, sdk.LogRequest{Stream: sdk.Stdout}, func(c sdk.LogChunk) error {
				output.Write(c.Data)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(output.String(), "\n")
			switch {
			case !exit.Succeeded() || lines[0] != "tried":
				t.Fatalf("the task has not tried: it ended as %+v and wrote %q", exit, output.String())
			case strings.Contains("\n"+output.String(), "\nout\n"):
				t.Errorf("a task that is root in its root got out of it:\n%s", output.String())
			}
		})
	}
}
