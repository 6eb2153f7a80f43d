package launch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
)

// Jobs of a user who is not root: with charliecloud and runc alike the process
// sees itself as root, its files are the user's, and statics are read-only.
func TestAUserWhoIsNotRoot(t *testing.T) {
	for _, l := range real[:2] {
		t.Run(l.name, func(t *testing.T) {
			_, err := exec.LookPath(l.program)
			need(t, err, l.program)
			sitetest.NeedRegistry(t)
			const nobody = 65534
			namespaces := exec.CommandContext(t.Context(), "unshare", "--user", "--map-root-user", "--mount", "true")
			namespaces.SysProcAttr = as(nobody)
			need(t, namespaces.Run(), "a user namespace")
			n := newNode(t, launch.Config{Launcher: l.name, Cache: cache(t)})
			n.uid = nobody
			dir := short(t)
			for _, name := range []string{"out", "static"} {
				if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(filepath.Join(dir, name), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			c := job("sh", "-c", "id -u; echo x >/out/file && mkdir /made && ! touch /static/file 2>/dev/null")
			c.Mounts = []launch.Mount{
				{Source: bash.Quote(filepath.Join(dir, "out")), Target: "/out"},
				{Source: bash.Quote(filepath.Join(dir, "static")), Target: "/static", ReadOnly: true},
			}
			if got := n.run(c); got.code != 0 || got.stdout != "0\n" {
				t.Fatalf("the end was %+v", got)
			}
			file, err := os.Stat(filepath.Join(dir, "out", "file"))
			if err != nil || file.Sys().(*syscall.Stat_t).Uid != nobody {
				t.Errorf("what it wrote is %v (%v), want a file of its own user", file, err)
			}
		})
	}
}

// as makes a command run as another user.
func as(uid uint32) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
}
