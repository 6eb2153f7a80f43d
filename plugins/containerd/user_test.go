package containerd

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

const usersFile = `FROM ` + sitetest.Busybox + `
RUN printf "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/:/bin/sh\nbob:x:1001:100::/:/bin/sh\n" >/etc/passwd
RUN printf "root:x:0:root\nwheel:x:10:root,ann\nusers:x:100:\nann:x:1000:\nvideo:x:44:ann,bob\n" >/etc/group
`

// usersImage makes an image whose users are in several groups, and returns its
// name with Docker and containerd.
func usersImage(t *testing.T, s *lifetest.Site) string {
	t.Helper()
	name := fmt.Sprintf("raddeploy-test/users-%d:latest", os.Getpid())
	build := exec.Command("docker", "build", "--quiet", "--network", "none", "--tag", name, "-")
	build.Stdin = strings.NewReader(usersFile)
	if out, err := build.CombinedOutput(); err != nil {
		sitetest.Need(t, "no docker that builds an image: run make services (%v: %s)", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "--force", name).Run() })
	to := "ctr --address " + socket() + " --namespace raddeploy images import -"
	if out, err := exec.Command("sh", "-c", "docker save "+name+" | "+to).CombinedOutput(); err != nil {
		t.Fatalf("copy the image: %v: %s", err, out)
	}
	t.Cleanup(func() { untag(t, "docker.io/"+name) })
	return name
}

// TestUserIsDockers holds the user and the groups of a process against what a
// real Docker gives it.
func TestUserIsDockers(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	image := usersImage(t, s)
	const script = "echo $(id -u) $(id -g): $(grep Groups: /proc/self/status | cut -f 2)"
	for user, want := range map[string]string{
		"": "0 0: 0 10", "0": "0 0: 0 10", "root": "0 0: 0 10", "0:0": "0 0: 0",
		"1000": "1000 1000: 10 44 1000", "1000:1000": "1000 1000: 1000", "1000:44": "1000 44: 44",
		"ann": "1000 1000: 10 44 1000", "ann:ann": "1000 1000: 1000", "ann:video": "1000 44: 44", "ann:44": "1000 44: 44", "bob": "1001 100: 44 100",
		"1234": "1234 0: 0", "1234:5": "1234 5: 5", "1234:video": "1234 44: 44",
	} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			task := s.Task(script)
			task.Container.Image, task.Container.User = image, user
			if got := s.Run(task); !got.Succeeded() || strings.TrimSpace(s.Logs(task.Attempt, sdk.Stdout)) != want {
				t.Errorf("%+v %q, want %q", got.Exit, s.Logs(task.Attempt, sdk.Stdout), want)
			}
			out, err := exec.Command("docker", "run", "--rm", "--network", "none", "--user", user, image, "sh", "-c", script).CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != want {
				t.Errorf("docker: %q, %v, want %q", out, err, want)
			}
		})
	}
	for _, user := range []string{"nosuchuser", "ann:nosuchgroup"} {
		task := s.Task("true")
		task.Container.Image, task.Container.User = image, user
		if got := s.Run(task); got.Reason != sdk.StartFailed || !strings.Contains(got.Message, user) {
			t.Errorf("%s: %+v", user, got.Exit)
		}
	}
}
