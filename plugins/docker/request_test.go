package docker

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// fakeEngine answers as an engine of a given kind would, and keeps the requests
// for containers. It makes none.
type fakeEngine struct {
	mu       sync.Mutex
	info     map[string]any
	requests []map[string]any
}

func (f *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Api-Version", "1.45")
	switch {
	case strings.HasSuffix(r.URL.Path, "/_ping"):
	case strings.HasSuffix(r.URL.Path, "/info"):
		_ = json.NewEncoder(w).Encode(f.info)
	case strings.HasSuffix(r.URL.Path, "/containers/create"):
		var request map[string]any
		_ = json.NewDecoder(r.Body).Decode(&request)
		f.requests = append(f.requests, request)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"message": "enough"}`))
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"message": "no such container"}`))
	}
}

// requested starts a task on a fake engine and returns what it asked the engine
// for.
func requested(t *testing.T, info map[string]any, config string, task *sdk.Task) map[string]any {
	t.Helper()
	fake := &fakeEngine{info: info}
	server := httptest.NewServer(fake)
	defer server.Close()
	c := &Config{}
	if found := sdk.Decode([]byte(config), c); len(found) > 0 {
		t.Fatal(found)
	}
	c.Endpoint = "tcp://" + server.Listener.Addr().String()
	e := New(c)
	defer e.Close()
	root := t.TempDir()
	if err := e.Configure(t.Context(), sdk.Site{Name: "s", Instance: "i", WorkDir: filepath.Join(root, "w"), Roots: []string{root}}); err != nil {
		t.Fatal(err)
	}
	task.Container.Pull = sdk.PullMissing
	if _, err := e.Start(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	var exit *sdk.Exit
	if err := e.Watch(t.Context(), task.Attempt, func(e sdk.Event) error { exit = e.Exit; return nil }); err != nil {
		t.Fatal(err)
	}
	if exit.Reason != sdk.StartFailed || !strings.Contains(exit.Message, "enough") || len(fake.requests) != 1 {
		t.Fatalf("%+v after %d requests", exit, len(fake.requests))
	}
	return fake.requests[0]
}

func TestWordsReachTheEngine(t *testing.T) {
	t.Parallel()
	options := &Options{}
	if found := sdk.Decode([]byte(`{
		"privileged": true, "cap_add": ["sys_ptrace"], "cap_drop": ["ALL"], "devices": ["/dev/a", "/dev/b:/dev/c", "/dev/d:r", "/dev/e:/dev/f:rw"],
		"volumes": {"/host": {"bind": "/in", "mode": "ro"}, "name": {"bind": "/vol"}}, "network": "host", "pid_mode": "host",
		"security_opt": ["seccomp=unconfined"], "ulimits": [{"name": "nofile", "soft": 10, "hard": 20}, {"Name": "core", "Hard": 0}],
		"extra_hosts": {"pacs": "10.0.0.1"}, "dns": ["1.2.3.4"], "tmpfs": {"/t": "size=1m", "/u": null}, "init": true, "read_only": true,
		"runtime": "runsc", "group_add": ["7"], "sysctls": {"net.ipv4.ip_forward": "1"}, "hostname": "h", "pids_limit": 9, "stop_signal": "SIGINT"
	}`), options); len(found) > 0 {
		t.Fatal(found)
	}
	swappiness := int64(3)
	request := requested(t, nil, `{"network": "none", "log_max_size": "7m"}`, &sdk.Task{
		Attempt: "a", Run: "r", Model: "m", Options: options,
		Container: sdk.Container{Image: "x", Entrypoint: []string{}, Command: []string{"a b", "c"}, User: "1:2", WorkingDir: "/w", IPCMode: "host",
			Env: []sdk.EnvVar{{Name: "A", Value: "1\n2"}}, Labels: map[string]string{"mine": "x", engine.LabelAttempt: "forged"},
			Ports: []sdk.Port{{Container: 80, HostIP: "127.0.0.1", Host: 8080}, {Container: 53, Protocol: "udp"}}, DeviceRules: []string{"c 42:* rmw"}},
		Resources: sdk.Resources{Memory: 1 << 20, MemorySwap: -1, MemorySwappiness: &swappiness, ShmSize: 5, NanoCPUs: 6, CPUSetCPUs: "0",
			DeviceReadBPS: []sdk.Throttle{{Path: "/dev/sda", Rate: 8}}},
	})
	host := request["HostConfig"].(map[string]any)
	got := map[string]any{}
	for _, name := range []string{"Entrypoint", "Cmd", "User", "WorkingDir", "Env", "Hostname", "StopSignal", "ExposedPorts"} {
		got[name] = request[name]
	}
	for _, name := range []string{"Privileged", "CapAdd", "CapDrop", "Devices", "Binds", "NetworkMode", "PidMode", "IpcMode", "SecurityOpt", "Ulimits", "ExtraHosts",
		"Dns", "Tmpfs", "Init", "ReadonlyRootfs", "Runtime", "GroupAdd", "Sysctls", "PidsLimit", "Memory", "MemorySwap", "MemorySwappiness", "ShmSize",
		"NanoCpus", "CpusetCpus", "BlkioDeviceReadBps", "DeviceCgroupRules", "PortBindings", "LogConfig"} {
		got[name] = host[name]
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"Entrypoint": [], "Cmd": ["a b", "c"], "User": "1:2", "WorkingDir": "/w", "Env": ["A=1\n2"], "Hostname": "h", "StopSignal": "SIGINT",
		"ExposedPorts": {"80/tcp": {}, "53/udp": {}},
		"Privileged": true, "CapAdd": ["CAP_SYS_PTRACE"], "CapDrop": ["ALL"],
		"Devices": [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "rwm"}, {"PathOnHost": "/dev/b", "PathInContainer": "/dev/c", "CgroupPermissions": "rwm"},
			{"PathOnHost": "/dev/d", "PathInContainer": "/dev/d", "CgroupPermissions": "r"}, {"PathOnHost": "/dev/e", "PathInContainer": "/dev/f", "CgroupPermissions": "rw"}],
		"Binds": ["/host:/in:ro", "name:/vol:rw"], "NetworkMode": "host", "PidMode": "host", "IpcMode": "host", "SecurityOpt": ["seccomp=unconfined"],
		"Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}, {"Name": "core", "Soft": 0, "Hard": 0}], "ExtraHosts": ["pacs:10.0.0.1"],
		"Dns": ["1.2.3.4"], "Tmpfs": {"/t": "size=1m", "/u": ""}, "Init": true, "ReadonlyRootfs": true, "Runtime": "runsc", "GroupAdd": ["7"],
		"Sysctls": {"net.ipv4.ip_forward": "1"}, "PidsLimit": 9, "Memory": 1048576, "MemorySwap": -1, "MemorySwappiness": 3, "ShmSize": 5,
		"NanoCpus": 6, "CpusetCpus": "0", "BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 8}], "DeviceCgroupRules": ["c 42:* rmw"],
		"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "53/udp": [{"HostIp": "", "HostPort": ""}]},
		"LogConfig": {"Type": "local", "Config": {"max-size": "7340032", "max-file": "5", "compress": "false"}}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	labels := request["Labels"].(map[string]any)
	if labels["mine"] != "x" || labels[engine.LabelAttempt] != "a" || labels["raddeploy.site"] != "s" || labels["raddeploy.instance"] != "i" {
		t.Errorf("labels %v", labels)
	}
}

func TestWordsThatAreWrong(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	for _, test := range []struct{ options, word string }{
		{`{"devices": [":"]}`, "devices"},
		{`{"devices": ["/dev/a:/dev/b:rx"]}`, "devices"},
		{`{"volumes": ["/only"]}`, "volumes"},
		{`{"volumes": {"/host": "/in"}}`, "volumes"},
		{`{"ulimits": [{"soft": 1}]}`, "ulimits"},
		{`{"extra_hosts": 7}`, "extra_hosts"},
		{`{"tmpfs": "x"}`, "tmpfs"},
		{`{"network": "a", "network_mode": "b"}`, "network"},
		{`{"blkio_weight": 7000}`, "blkio_weight"},
	} {
		options := &Options{}
		if found := sdk.Decode([]byte(test.options), options); len(found) > 0 {
			t.Fatal(found)
		}
		task := s.Task("true")
		task.Options = options
		found, err := s.Executor.ValidateTask(t.Context(), task)
		if err != nil || len(found) != 1 || !cmp.Equal(found[0].Path, []string{"options", test.word}) {
			t.Errorf("%s: %v, %v", test.options, found, err)
		}
	}
}
