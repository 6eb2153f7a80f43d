package launch_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// A converter notes what it is called with, and writes the file that it is told
// to: the word behind its last option, or before its last word.
const converter = `#!/bin/bash
sleep 0.2
echo "${0##*/} $*" | sed "s|$CACHE|CACHE|; s|tmp-[0-9]*-|tmp-|; s|sha256[:-][0-9a-f]*|DIGEST|g" >>"$CACHE/calls"
[ ! -e "$CACHE/broken" ] || { echo begun >"${@: -2:1}"; echo "one line"; echo "no space left" >&2; exit 1; }
echo converted >"${@: -2:1}"
`

// One node converts an image for all, by its digest. What breaks off leaves
// nothing behind and is told, and the next try begins anew.
func TestAnImageIsConvertedOnce(t *testing.T) {
	sitetest.NeedRegistry(t)
	logins := sitetest.WriteLogins(t).Auths
	for name, want := range map[string]string{
		"apptainer": "apptainer pull --force --no-https CACHE/tmp-DIGEST.sif docker://127.0.0.1:5000/busybox@DIGEST\n",
		"pyxis":     "enroot import --output CACHE/tmp-DIGEST.sqsh docker://127.0.0.1:5000#busybox:DIGEST\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir, bin := cache(t), t.TempDir()
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, program := range []string{"apptainer", "enroot"} {
				if err := os.WriteFile(filepath.Join(bin, program), []byte(converter), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			prepare := func(id string) error {
				n := newNode(t, launch.Config{Launcher: name, Cache: dir, Insecure: []string{sitetest.Registry}, NodeLogins: logins})
				n.scratch = short(t)
				c := job("true")
				fetched, _, err := n.launcher.Fetch(t.Context(), c, func(sdk.Progress) {})
				if err != nil {
					t.Fatal(err)
				}
				c.Fetched = fetched
				command := n.bash(n.launcher.Prepare(c))
				command.Env = append(command.Env, "PATH="+bin+":"+os.Getenv("PATH"), "CACHE="+dir, "SLURM_JOB_ID="+id)
				err = command.Run()
				if said := n.file("message"); err != nil && !strings.HasSuffix(said, "the image could not be converted: no space left") {
					t.Errorf("it says %q", said)
				}
				return err
			}
			images := func() []string {
				found, err := filepath.Glob(filepath.Join(dir, "*s[iq]*"))
				if err != nil {
					t.Fatal(err)
				}
				return found
			}
			broken := filepath.Join(dir, "broken")
			if err := os.WriteFile(broken, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := prepare("1"); err == nil {
				t.Error("a conversion that broke off counts as done")
			}
			for _, image := range images() {
				if !strings.HasSuffix(image, ".lock") {
					t.Errorf("it left %s", image)
				}
			}
			if err := os.Remove(broken); err != nil {
				t.Fatal(err)
			}
			var nodes sync.WaitGroup
			for _, id := range []string{"2", "3", "4"} {
				nodes.Go(func() {
					if err := prepare(id); err != nil {
						t.Errorf("job %s: %v", id, err)
					}
				})
			}
			nodes.Wait()
			calls, err := os.ReadFile(filepath.Join(dir, "calls"))
			if err != nil || string(calls) != want+want {
				t.Errorf("the calls were\n%swant twice\n%s", calls, want)
			}
		})
	}
}
