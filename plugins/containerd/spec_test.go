package containerd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// specified makes a task's container, without starting it, and returns its
// specification.
func specified(t *testing.T, s *lifetest.Site, task *sdk.Task) *specs.Spec {
	t.Helper()
	s.Make(task)
	spec, err := own(s).api.Spec(t.Context(), engine.ContainerName(task.Attempt))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func withOptions(t *testing.T, text string) *Options {
	t.Helper()
	options := &Options{}
	if found := sdk.Decode([]byte(text), options); len(found) > 0 {
		t.Fatal(found)
	}
	return options
}

func TestDefaultsAreDockers(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	spec := specified(t, s, s.Task("true"))
	want := []string{"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE",
		"CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"}
	slices.Sort(spec.Process.Capabilities.Bounding)
	if diff := cmp.Diff(want, spec.Process.Capabilities.Bounding); diff != "" {
		t.Error("capabilities", diff)
	}
	if spec.Linux.Seccomp == nil || spec.Linux.Seccomp.DefaultAction != specs.ActErrno {
		t.Errorf("seccomp %+v", spec.Linux.Seccomp)
	}
	if spec.Process.NoNewPrivileges || spec.Root.Readonly || len(spec.Process.Rlimits) != 0 {
		t.Errorf("%+v", spec.Process)
	}
	if !slices.ContainsFunc(spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == specs.NetworkNamespace }) {
		t.Error("it is in the host's network")
	}
}

func TestWordsReachTheRuntime(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	task := s.Task("true")
	task.Options = withOptions(t, `{
		"cap_add": ["sys_ptrace"], "cap_drop": ["ALL"], "devices": ["/dev/null:/dev/mine:r"], "volumes": {"/etc": {"bind": "/in", "mode": "ro"}},
		"pid_mode": "host", "security_opt": ["seccomp=unconfined", "no-new-privileges"], "ulimits": [{"name": "nofile", "soft": 10, "hard": 20}, {"Name": "core", "Hard": 0}],
		"tmpfs": {"/t": "size=1m"}, "read_only": true, "group_add": ["7"], "sysctls": {"net.ipv4.ip_forward": "1"}, "hostname": "h", "pids_limit": 9, "oom_score_adj": 5
	}`)
	task.Container.User, task.Container.WorkingDir, task.Container.IPCMode = "1:2", "/w", "none"
	task.Container.DeviceRules = []string{"c 42:* rm"}
	task.Resources = sdk.Resources{Memory: 64 << 20, ShmSize: 5 << 20, NanoCPUs: 5e8, CPUSetCPUs: "0", CPUShares: 7}
	spec := specified(t, s, task)
	if diff := cmp.Diff([]string{"CAP_SYS_PTRACE"}, spec.Process.Capabilities.Effective); diff != "" {
		t.Error("capabilities", diff)
	}
	if spec.Linux.Seccomp != nil || !spec.Process.NoNewPrivileges || !spec.Root.Readonly || spec.Hostname != "h" || *spec.Process.OOMScoreAdj != 5 {
		t.Errorf("%+v", spec.Process)
	}
	if u := spec.Process.User; u.UID != 1 || u.GID != 2 || !slices.Contains(u.AdditionalGids, 7) || spec.Process.Cwd != "/w" {
		t.Errorf("user %+v in %s", u, spec.Process.Cwd)
	}
	limits := []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Soft: 10, Hard: 20}, {Type: "RLIMIT_CORE"}}
	if diff := cmp.Diff(limits, spec.Process.Rlimits); diff != "" {
		t.Error("limits", diff)
	}
	r := spec.Linux.Resources
	if *r.Memory.Limit != 64<<20 || *r.CPU.Quota != 50000 || *r.CPU.Period != 100000 || *r.CPU.Shares != 7 || r.CPU.Cpus != "0" || *r.Pids.Limit != 9 {
		t.Errorf("resources %+v", r)
	}
	has := func(kind string, major, minor int64, access string) bool {
		return slices.ContainsFunc(r.Devices, func(d specs.LinuxDeviceCgroup) bool {
			return d.Allow && d.Type == kind && d.Access == access && d.Major != nil && *d.Major == major && (minor < 0 && d.Minor == nil || d.Minor != nil && *d.Minor == minor)
		})
	}
	if !has("c", 42, -1, "rm") || !has("c", 1, 3, "r") {
		t.Errorf("device rules %+v", r.Devices)
	}
	mounts := map[string]specs.Mount{}
	for _, m := range spec.Mounts {
		mounts[m.Destination] = m
	}
	if mounts["/in"].Source != "/etc" || !slices.Contains(mounts["/in"].Options, "ro") || !slices.Contains(mounts["/t"].Options, "size=1m") || mounts["/dev/shm"].Source != "" {
		t.Errorf("mounts %+v", mounts)
	}
	if slices.ContainsFunc(spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == specs.PIDNamespace }) {
		t.Error("it does not see the host's processes")
	}
}

func TestWordsThatAreWrong(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	for _, test := range []struct{ options, word string }{
		{`{"devices": [":"]}`, "devices"},
		{`{"devices": ["/dev/null:/dev/b:rx"]}`, "devices"},
		{`{"volumes": ["/only"]}`, "volumes"},
		{`{"volumes": ["named:/in"]}`, "volumes"},
		{`{"volumes": {"/host": "/in"}}`, "volumes"},
		{`{"ulimits": [{"soft": 1}]}`, "ulimits"},
		{`{"extra_hosts": 7}`, "extra_hosts"},
		{`{"tmpfs": "x"}`, "tmpfs"},
		{`{"network": "none", "network_mode": "host"}`, "network"},
		{`{"network": "bridge"}`, "network"},
		{`{"blkio_weight": 7000}`, "blkio_weight"},
		{`{"stop_signal": "SIGNOTHING"}`, "stop_signal"},
		{`{"security_opt": ["label=disable"]}`, "security_opt"},
		{`{"group_add": ["video"]}`, "group_add"},
	} {
		task := s.Task("true")
		task.Options = withOptions(t, test.options)
		found, err := s.Executor.ValidateTask(t.Context(), task)
		if err != nil || len(found) != 1 || !cmp.Equal(found[0].Path, []string{"options", test.word}) {
			t.Errorf("%s: %v, %v", test.options, found, err)
		}
	}
}

func TestNeutralWordsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "")
	for word, adapt := range map[string]func(*sdk.Task){
		"image":               func(t *sdk.Task) { t.Container.Image = "No Such:Name" },
		"ipc_mode":            func(t *sdk.Task) { t.Container.IPCMode = "container:x" },
		"ports":               func(t *sdk.Task) { t.Container.Ports = []sdk.Port{{Container: 80}} },
		"device_cgroup_rules": func(t *sdk.Task) { t.Container.DeviceRules = []string{"nonsense"} },
		"labels":              func(t *sdk.Task) { t.Container.Labels = map[string]string{"containerd.io/gc.root": "x"} },
		"mem_limit":           func(t *sdk.Task) { t.Resources.Memory = 1 },
		"memswap_limit":       func(t *sdk.Task) { t.Resources.MemorySwap = 1 << 30 },
		"cpuset_cpus":         func(t *sdk.Task) { t.Resources.CPUSetCPUs = "zero" },
		"nano_cpus":           func(t *sdk.Task) { t.Resources.NanoCPUs, t.Resources.CPUQuota = 1e9, 1000 },
		"device_read_bps":     func(t *sdk.Task) { t.Resources.DeviceReadBPS = []sdk.Throttle{{Path: "/dev/null", Rate: 1}} },
	} {
		task := s.Task("true")
		adapt(task)
		found, err := s.Executor.ValidateTask(t.Context(), task)
		about := slices.ContainsFunc(found, func(d sdk.Diagnostic) bool { return d.Path[0] == word && !d.Warning })
		if err != nil || !about {
			t.Errorf("%s: %v, %v", word, found, err)
		}
		if _, err := s.Executor.Start(t.Context(), task); sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("start with %s: %v", word, err)
		}
	}
}

func TestSeccompProfileOfTheSite(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "profile.json")
	text, err := json.Marshal(specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"mkdir", "mkdirat"}, Action: specs.ActErrno}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(profile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := containerd.Site(t, `{"seccomp_profile": "`+profile+`"}`)
	task := s.Task("mkdir /tmp/x || echo refused")
	if got := s.Run(task); !got.Succeeded() || strings.TrimSpace(s.Logs(task.Attempt, sdk.Stdout)) != "refused" {
		t.Errorf("%+v %q", got.Exit, s.Logs(task.Attempt, sdk.Stdout))
	}
}
