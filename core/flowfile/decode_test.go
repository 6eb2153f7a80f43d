package flowfile

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
)

// parse reads a flow that is to have no diagnostics at all.
func parse(t *testing.T, text string, options Options) *Loaded {
	t.Helper()
	l, diags := Parse("dir/some.flow.yaml", []byte(text), options)
	if len(l) != 1 || len(diags) > 0 {
		t.Fatalf("%d flows, diagnostics:\n%s", len(l), rendered(diags))
	}
	return l[0]
}

func TestDefaults(t *testing.T) {
	want := &flow.Flow{
		Name: "some.flow", Exclude: flow.ExcludeFlow, Mode: flow.Live,
		Models: []flow.Model{{
			Name: "0", Container: flow.Container{Image: "busybox"},
			Inputs: []flow.Mount{{Name: "src", Path: "/input"}}, Outputs: []flow.Mount{{Name: "dst", Path: "/output"}},
			PullBeforeExec: true, Timeout: 1800 * time.Second, ConfigDumpFolder: "/config", ConfigFile: "config.yaml",
		}},
	}
	for _, text := range []string{
		"models: [{image: busybox}]",
		"models: [{docker_kwargs: {image: busybox}}]",
		"name:\nversion: null\ntriggers: ~\ndestinations: []\nmodels: [{image: busybox, gpu: , config: {}, input_mounts: {}, options: {}}]",
	} {
		got := parse(t, text, Options{}).Flow
		got.Models[0].Config, got.Destinations = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestFlowKeys(t *testing.T) {
	got := parse(t, `
name: 12
version: 1.10
priority: 5
exclude: file
mode: off
owner: somebody@example.org
return_to_sender_on_port: 104
tar_subdir: StudyInstanceUID
complete: {on: study, idle: 90, max_wait: 1h}
extra: &extra {a: 1, b: [1.0, yes, "yes", 22:22, 0x1F, 2024-01-01, null], 7: seven}
triggers:
  - Modality: CT
    SeriesNumber: [007, true]
    0029,xx10,"SIEMENS CSA HEADER": ~x
    RequestAttributesSequence.ScheduledProcedureStepID: "${A}"
destinations:
  - &pacs {host: pacs, port: 104, ae_title: PACS}
  - {<<: *pacs, port: 105}
  - archive
  - {name: archive}
models:
  - image: busybox
    config: {<<: [{a: 2}, *extra], b: }
`, Options{Destinations: []string{"archive"}}).Flow
	want := *got
	want.Name, want.Version, want.Priority, want.Exclude, want.Mode = "12", "1.10", 5, flow.ExcludeFile, flow.Off
	want.Owner, want.ReturnToSenderOnPorts, want.TarSubdir = "somebody@example.org", []int{104}, []string{"StudyInstanceUID"}
	want.Complete = &flow.Complete{On: "study", Idle: 90 * time.Second, MaxWait: time.Hour}
	want.Extra = map[string]any{"a": 1, "b": []any{1.0, true, "yes", "22:22", 31, "2024-01-01", nil}, "7": "seven"}
	want.Triggers = []flow.Trigger{{Tags: []flow.TagPatterns{
		{Tag: "Modality", Patterns: []string{"CT"}},
		{Tag: "SeriesNumber", Patterns: []string{"007", "true"}},
		{Tag: `0029,xx10,"SIEMENS CSA HEADER"`, Patterns: []string{"~x"}},
		{Tag: "RequestAttributesSequence.ScheduledProcedureStepID", Patterns: []string{"${A}"}},
	}}}
	want.Destinations = []flow.Destination{
		{Host: "pacs", Port: 104, AETitle: "PACS"}, {Host: "pacs", Port: 105, AETitle: "PACS"}, {Name: "archive"}, {Name: "archive"},
	}
	want.Models = []flow.Model{got.Models[0]}
	want.Models[0].Config = map[string]any{"a": 2, "b": nil, "!!int 7": "seven"}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
}

func TestContainerWords(t *testing.T) {
	swappiness := int64(10)
	want := flow.Container{
		Image: "registry.local:5000/seg:1.2", Command: []string{"sh", "-c", "echo ${X}; cp -r /input/. \"/out put\""}, Entrypoint: []string{"/bin/run", "a b"},
		Environment: []flow.EnvVar{{Name: "EMPTY"}, {Name: "FLAG", Value: "True"}, {Name: "N", Value: "1.0"}, {Name: "TEXT", Value: "${HOME}"}},
		User:        "1000:1000", WorkingDir: "/work", Labels: map[string]string{"a": "1", "b": ""}, NetworkDisabled: true, IPCMode: "host",
		ShmSize: 2 << 30, MemLimit: 512 << 20, MemReservation: 1000, MemSwapLimit: -1, MemSwappiness: &swappiness,
		NanoCPUs: 1_500_000_000, CPUShares: 512, CPUPeriod: 100000, CPUQuota: -1, CPUSetCPUs: "0-3,5", CPURTPeriod: 1, CPURTRuntime: 2,
		Ports: []flow.Port{
			{Container: 80, Protocol: "tcp", Host: 8080}, {Container: 53, Protocol: "udp"}, {Container: 81, Protocol: "tcp", HostIP: "127.0.0.1", Host: 8081},
			{Container: 82, Protocol: "tcp", Host: 1}, {Container: 82, Protocol: "tcp", Host: 2},
		},
		DeviceRules: []string{"c 42:* rmw"}, DeviceReadBPS: []flow.Throttle{{Path: "/dev/sda", Rate: 1 << 20}}, DeviceReadIOPS: []flow.Throttle{{Path: "/dev/sda", Rate: 100}},
		DeviceWriteBPS: []flow.Throttle{{Path: "/dev/sda", Rate: 1000}}, DeviceWriteIOPS: []flow.Throttle{{Path: "/dev/sda", Rate: 5}},
	}
	words := `
image: registry.local:5000/seg:1.2
command: sh -c 'echo ${X}; cp -r /input/. "/out put"'
entrypoint: [/bin/run, a b]
environment: {TEXT: "${HOME}", N: 1.0, FLAG: True, EMPTY: }
user: 1000:1000
working_dir: /work
labels: {a: 1, b: }
network_disabled: yes
ipc_mode: host
shm_size: 2g
mem_limit: 512MB
mem_reservation: 1000
memswap_limit: -1
mem_swappiness: 10
nano_cpus: 1_500_000_000
cpu_shares: 512
cpu_period: 100000
cpu_quota: -1
cpuset_cpus: 0-3,5
cpu_rt_period: 1
cpu_rt_runtime: 2
ports: {80: 8080, 53/udp: , "81/tcp": [127.0.0.1, 8081], 82: [1, 2]}
device_cgroup_rules: ["c 42:* rmw"]
device_read_bps: [{Path: /dev/sda, Rate: 1m}]
device_read_iops: [{Path: /dev/sda, Rate: 100}]
device_write_bps: [{Path: /dev/sda, Rate: 1000}]
device_write_iops: [{Path: /dev/sda, Rate: 5}]`
	for name, text := range map[string]string{
		"in docker_kwargs": "models:\n  - docker_kwargs:" + strings.ReplaceAll(words, "\n", "\n      "),
		"directly":         "models:\n  -" + strings.ReplaceAll(words, "\n", "\n    "),
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, parse(t, text, Options{Allowed: AnyDockerWord}).Flow.Models[0].Container); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestModelKeys(t *testing.T) {
	tests := map[string]struct {
		text string
		want func(*flow.Model)
	}{
		"gpu true":            {"gpu: True", func(m *flow.Model) { m.GPUs = 1 }},
		"gpu text":            {`gpu: "a100"`, func(m *flow.Model) { m.GPUs = 1 }},
		"gpu number":          {"gpu: 2", func(m *flow.Model) { m.GPUs = 2 }},
		"gpu number as text":  {`gpu: "2"`, func(m *flow.Model) { m.GPUs = 1 }},
		"gpu no":              {"gpu: no", func(*flow.Model) {}},
		"gpu False as text":   {`gpu: "False"`, func(*flow.Model) {}},
		"gpu zero":            {"gpu: 0", func(*flow.Model) {}},
		"gpu zero as text":    {`gpu: "0"`, func(*flow.Model) {}},
		"gpu empty":           {`gpu: ""`, func(*flow.Model) {}},
		"timeout":             {"timeout: 30m", func(m *flow.Model) { m.Timeout = 30 * time.Minute }},
		"timeout in seconds":  {"timeout: 1.5", func(m *flow.Model) { m.Timeout = 1500 * time.Millisecond }},
		"no pull":             {"pull_before_exec: off", func(m *flow.Model) { m.PullBeforeExec = false }},
		"one static":          {`static_mounts: "m:/model"`, func(m *flow.Model) { m.Statics = []flow.Mount{{Name: "m", Path: "/model"}} }},
		"static list":         {"static_mounts: [b:/b, a:/a]", func(m *flow.Model) { m.Statics = []flow.Mount{{Name: "b", Path: "/b"}, {Name: "a", Path: "/a"}} }},
		"static map":          {"static_mounts: {b: /b, a: /a}", func(m *flow.Model) { m.Statics = []flow.Mount{{Name: "a", Path: "/a"}, {Name: "b", Path: "/b"}} }},
		"static maps":         {"static_mounts: [{b: /b}, {a: /a}]", func(m *flow.Model) { m.Statics = []flow.Mount{{Name: "b", Path: "/b"}, {Name: "a", Path: "/a"}} }},
		"config folder":       {"config_dump_folder: /etc/model", func(m *flow.Model) { m.ConfigDumpFolder = "/etc/model" }},
		"config path":         {"config_path: /etc/model/c.yml", func(m *flow.Model) { m.ConfigDumpFolder, m.ConfigFile = "/etc/model", "c.yml" }},
		"config path, folder": {"config_path: /etc/model/", func(m *flow.Model) { m.ConfigDumpFolder = "/etc/model" }},
		"config":              {"config: {folds: [0, 1], spacing: 1.0, tta: yes}", func(m *flow.Model) { m.Config = map[string]any{"folds": []any{0, 1}, "spacing": 1.0, "tta": true} }},
		"executor, retries":   {"executor: local, retries: 3", func(m *flow.Model) { m.Executor, m.Retries = "local", 3 }},
		"oom":                 {"oom: warn", func(m *flow.Model) { m.OOM = flow.OOMWarn }},
		"oom, the default":    {"oom: fail", func(m *flow.Model) {}},
		"inputs by name": {"input_mounts: {src: /s}, output_mounts: {dst_b: /b, dst: /d}", func(m *flow.Model) {
			m.Inputs = []flow.Mount{{Name: "src", Path: "/s"}}
			m.Outputs = []flow.Mount{{Name: "dst", Path: "/d"}, {Name: "dst_b", Path: "/b"}}
		}},
		"options": {"options: {partition: gpu, nodes: 2}", func(m *flow.Model) { m.Options = map[string]any{"partition": "gpu", "nodes": 2} }},
		"allowed word": {"executor: local, docker_kwargs: {cap_add: [SYS_PTRACE]}, privileged: true", func(m *flow.Model) {
			m.Executor, m.Options = "local", map[string]any{"cap_add": []any{"SYS_PTRACE"}, "privileged": true}
		}},
	}
	options := Options{Allowed: func(executor, word string) bool {
		return executor == "local" && (word == "cap_add" || word == "privileged")
	}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := parse(t, "models: [{image: busybox}]", Options{}).Flow.Models[0]
			test.want(&want)
			got := parse(t, "models: [{image: busybox, "+test.text+"}]", options).Flow.Models[0]
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSplitWords(t *testing.T) {
	tests := map[string][]string{
		"":                            nil,
		"  a\tb\nc ":                  {"a", "b", "c"},
		`sh -c 'echo "$X"; ls | wc'`:  {"sh", "-c", `echo "$X"; ls | wc`},
		`"a b"'c d'e`:                 {"a bc de"},
		`a\ b \"`:                     {"a b", `"`},
		`"\$x \"y\" \n \\"`:           {`$x "y" \n \`},
		`''`:                          {""},
		`"" x`:                        {"", "x"},
		"a;b|c>d & $(e) `f` #g":       {"a;b|c>d", "&", "$(e)", "`f`", "#g"},
		"a\\\nb":                      {"ab"},
		"python -c \"print('ü', 1)\"": {"python", "-c", "print('ü', 1)"},
	}
	for text, want := range tests {
		got, err := splitWords(text)
		if err != nil {
			t.Errorf("%q: %s", text, err.reason)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for text, offset := range map[string]int{`a 'b`: 2, `a "b\"`: 2, `a \`: 2} {
		if _, err := splitWords(text); err == nil || err.offset != offset {
			t.Errorf("%q: %v, want an error at %d", text, err, offset)
		}
	}
}

func TestLocateFindsWhatAPluginComplainsAbout(t *testing.T) {
	l := parse(t, `models:
  - docker_kwargs:
      image: busybox
      cap_add: [SYS_ADMIN]
  - image: debian
    output_mounts: {dst_2: /output}
    options:
      partition: gpu
`, Options{Allowed: func(_, word string) bool { return word == "cap_add" }})
	for path, want := range map[string]string{
		"models 0 image":               "dir/some.flow.yaml:3:14",
		"models 0 options cap_add 0":   "dir/some.flow.yaml:4:17",
		"models 0 options cap_add":     "dir/some.flow.yaml:4:7",
		"models 1 image":               "dir/some.flow.yaml:5:12",
		"models 1 options partition":   "dir/some.flow.yaml:8:18",
		"models 1 options nodes":       "dir/some.flow.yaml:7:5",
		"models 1 output_mounts dst_2": "dir/some.flow.yaml:6:28",
		"models 1 environment":         "dir/some.flow.yaml:5:5",
	} {
		if got := l.Locate(strings.Fields(path)...).String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("models: [{image: busybox}]"), false)
	f.Add([]byte("a: &a [*a]\nb: {<<: *a}\nname: \"x\nmodels: [{docker_kwargs: {command: 'a \"b'}}]"), false)
	f.Add([]byte("triggers: [{Modality: ['~(?=a)', \"\\x41(\"]}]\nmodels:\n- image: !!str 1\n  ports: {1: [a, 2]}\n"), false)
	f.Add([]byte("variable \"n\" { default = 2 }\nlocals { i = \"seg:${var.n}\" }\nflow \"a\" {\n  dynamic \"model\" {\n    for_each = range(var.n)\n    content { image = local.i }\n  }\n}\n"), true)
	f.Add([]byte("flow \"a\" {\n  trigger { tags = { \"0008,0060\" = \"$${X}\" } }\n  model \"m\" { image = \"e\u0301\", ports = { \"80\" = null } }\n  destination \"pacs\" {}\n}\n"), true)
	f.Fuzz(func(t *testing.T, text []byte, hcl bool) {
		name := "f.yaml"
		if hcl {
			name = "f.hcl"
		}
		loaded, diags := Parse(name, text, Options{Allowed: func(string, string) bool { return true }})
		if loaded == nil != diags.HasErrors() {
			t.Fatalf("flow is there: %t, diagnostics:\n%s", loaded != nil, rendered(diags))
		}
		for _, l := range loaded {
			again, err := flow.Decode(l.Encoded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(l.Flow, again); diff != "" {
				t.Errorf("stored and restored: %s", diff)
			}
			checkConversion(t, l.Flow)
		}
	})
}
