package containerd

import "testing"

func TestFirst(t *testing.T) {
	s := newSite(t, "")
	task := s.task("echo hello; echo err >&2; id; ls -la / /dev /sys/fs/cgroup; mount; exit 7")
	got := s.run(task)
	t.Logf("%+v %v %v", got.Exit, got.states, got.warnings)
	t.Log(s.logs(task.Attempt, 1), s.logs(task.Attempt, 2))
}
