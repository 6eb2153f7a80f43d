package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raddeploy/raddeploy/core/flow"
)

func load(t *testing.T, environment map[string]string, paths ...string) *Site {
	t.Helper()
	site, diags := Load(paths, func(name string) (string, bool) {
		v, ok := environment[name]
		return v, ok
	})
	for _, d := range diags {
		t.Log(d.Render())
	}
	if site == nil || len(diags) > 0 {
		t.Fatal("not without diagnostics")
	}
	return site
}

// write makes files in a folder of their own: name, text, name, text.
func write(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAnEmptyFileIsAWorkingSite(t *testing.T) {
	dir := write(t, "site.hcl", "")
	got := load(t, nil, filepath.Join(dir, "site.hcl"))
	want := &Site{
		Name: "raddeploy", DataDir: filepath.Join(dir, "data"), FlowDirs: []string{filepath.Join(dir, "flows")}, StaticDir: filepath.Join(dir, "static"),
		CPUs: DefaultCPUs(),
		DICOM: DICOM{
			AETitle: "RadDeploy", Listener: Listener{Listen: "127.0.0.1:10000"}, OnAbort: Hold,
			Complete: flow.Complete{On: "association"},
		},
		Delivery:  Delivery{GiveUpAfter: 24 * time.Hour, RetryMin: 5 * time.Second, RetryMax: 10 * time.Minute},
		HTTP:      HTTP{Listen: "127.0.0.1:8080"},
		Retention: Retention{Files: 168 * time.Hour, Runs: 9600 * time.Hour, Logs: 9600 * time.Hour, Reserve: 10 << 30, FilesMin: time.Hour, LogSize: 100 << 20},
		Log:       Log{Level: "info", Format: "text"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const full = `
name       = "radonc"
data_dir   = "/var/lib/raddeploy"
plugin_dir = "plugins"
tar_subdir = ["SeriesInstanceUID"]

dicom {
  ae_title         = "SEG"
  listen           = "0.0.0.0:104"
  check_called_ae  = true
  max_associations = 8
  max_pdu          = 131072
  idle_timeout     = "2m"
  source_port      = 10005
  on_abort         = "process"
  complete {
    on       = "study"
    idle     = "90s"
    max_wait = "1h"
    expect   = [{ Modality = ["CT", "~^$"] }]
    late     = "hold"
    late_window = "2d"
  }
  peer "scanner" {
    ae_title  = "CT1"
    addresses = ["10.1.0.7/16", "::1", "192.168.0.1"]
  }
  peer "guest" {
    addresses = ["10.1.99.0/24"]
    deny      = true
  }
  tls {
    cert_file      = "tls/cert.pem"
    key_file       = "/etc/key.pem"
    client_ca_file = "tls/ca.pem"
  }
}
flows { dirs = ["flows", "/srv/flows"] }
static { dir = "models" }
executor "docker" {
  cpus  = 0
  gpus  = ["0", "GPU-1234"]
  allow = ["privileged", "mount.host"]
}
executor "slurm" "cluster" {
  path   = "bin/raddeploy-executor-slurm"
  sha256 = "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
  config { partition = "gpu" }
}
destination "pacs" {
  host     = "pacs.local"
  port     = 104
  ae_title = "PACS"
}
destination "secure" {
  host     = "pacs.local"
  port     = 2762
  ae_title = "PACS"
  tls { ca_file = "tls/ca.pem" }
  calling_ae      = "SEG_OUT"
  connect_timeout = "5s"
  timeout         = "2m"
  release_timeout = "10s"
  max_pdu         = 65536
  associations    = 4
  decompress      = true
}
deliver {
  give_up_after = "2d"
  retry_min     = 1
  retry_max     = "1m"
}
http { listen = "localhost:9000" }
retention {
  files     = "1h"
  runs      = "30d"
  logs      = "14d"
  reserve   = "2g"
  files_min = "10m"
  log_size  = "5MiB"
}
log {
  level  = "debug"
  format = "json"
  file   = "agent.log"
}
`

func TestEverySettingIsRead(t *testing.T) {
	dir := write(t, "site.hcl", full)
	got := load(t, nil, filepath.Join(dir, "site.hcl"))
	here := func(name string) string { return filepath.Join(dir, name) }
	want := &Site{
		Name: "radonc", DataDir: "/var/lib/raddeploy", PluginDir: here("plugins"), TarSubdir: []string{"SeriesInstanceUID"},
		DICOM: DICOM{
			AETitle: "SEG", Listener: Listener{
				Listen: "0.0.0.0:104", CheckCalledAE: true,
				TLS: &ServerTLS{CertFile: here("tls/cert.pem"), KeyFile: "/etc/key.pem", ClientCAFile: here("tls/ca.pem"), Profile: BCP195},
			}, MaxAssociations: 8, MaxPDU: 131072,
			IdleTimeout: 2 * time.Minute, SourcePort: 10005, OnAbort: Process,
			Complete: flow.Complete{
				On: "study", Idle: 90 * time.Second, MaxWait: time.Hour, Late: flow.LateHold, LateWindow: 48 * time.Hour,
				Expect: []flow.Trigger{{Tags: []flow.TagPatterns{{Tag: "Modality", Patterns: []string{"CT", "~^$"}}}}},
			},
			Peers: []Peer{
				{Name: "scanner", AETitle: "CT1", Addresses: []netip.Prefix{
					netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("192.168.0.1/32"),
				}},
				{Name: "guest", Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.99.0/24")}, Deny: true},
			},
		},
		FlowDirs: []string{here("flows"), "/srv/flows"}, StaticDir: here("models"), CPUs: DefaultCPUs(),
		Executors: []Executor{
			{Plugin: "docker", Instance: "docker", GPUs: []string{"0", "GPU-1234"}, Allow: []string{"privileged", "mount.host"}},
			{
				Plugin: "slurm", Instance: "cluster", CPUs: DefaultCPUs(), CPUsByDefault: true, Path: here("bin/raddeploy-executor-slurm"),
				SHA256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			},
		},
		Destinations: []Destination{
			{Name: "pacs", Host: "pacs.local", Port: 104, AETitle: "PACS"},
			{Name: "secure", Host: "pacs.local", Port: 2762, AETitle: "PACS", TLS: &ClientTLS{CAFile: here("tls/ca.pem")},
				CallingAE: "SEG_OUT", ConnectTimeout: 5 * time.Second, Timeout: 2 * time.Minute, ReleaseTimeout: 10 * time.Second, MaxPDU: 65536, Associations: 4, Decompress: true},
		},
		Delivery:  Delivery{GiveUpAfter: 48 * time.Hour, RetryMin: time.Second, RetryMax: time.Minute},
		HTTP:      HTTP{Listen: "localhost:9000"},
		Retention: Retention{Files: time.Hour, Runs: 720 * time.Hour, Logs: 336 * time.Hour, Reserve: 2 << 30, FilesMin: 10 * time.Minute, LogSize: 5 << 20},
		Log:       Log{Level: "debug", Format: "json", File: here("agent.log")},
	}
	prefix := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, got, prefix, cmpopts.IgnoreFields(Executor{}, "Config", "At")); diff != "" {
		t.Error(diff)
	}
	if c := got.Executors[1].Config; c == nil || c.Get("partition").Text != "gpu" {
		t.Error("the plugin's own configuration is lost")
	}
}

func TestFilesAreMerged(t *testing.T) {
	dir := write(t,
		"site.d/10-base.hcl", `name = "base"
			dicom { ae_title = "ONE" }
			dicom_is_not_here = "" `,
		"other/20.hcl", `dicom {
				listen = "127.0.0.1:104"
				peer "b" { ae_title = "B" }
			}
			destination "b" {
				host = "b"
				port = 1
				ae_title = "B"
			}
			static { dir = "s" }`)
	if err := os.WriteFile(filepath.Join(dir, "site.d/10-base.hcl"), []byte(`
		name = "base"
		dicom {
			ae_title = "ONE"
			peer "a" { ae_title = "A" }
		}
		destination "a" {
			host = "a"
			port = 1
			ae_title = "A"
		}`), 0o644); err != nil {
		t.Fatal(err)
	}
	got := load(t, nil, filepath.Join(dir, "site.d"), filepath.Join(dir, "other/20.hcl"))
	if got.DICOM.AETitle != "ONE" || got.DICOM.Listen != "127.0.0.1:104" || len(got.DICOM.Peers) != 2 || len(got.Destinations) != 2 {
		t.Errorf("%+v", got)
	}
	if got.StaticDir != filepath.Join(dir, "other/s") || got.FlowDirs[0] != filepath.Join(dir, "site.d/flows") {
		t.Errorf("static %s, flows %s", got.StaticDir, got.FlowDirs)
	}
}

func TestAMissingFileIsAnError(t *testing.T) {
	site, diags := Load([]string{"nowhere/site.hcl"}, nil)
	if site != nil || len(diags) != 1 || diags[0].String() != "nowhere/site.hcl: error: cannot be read: no such file or directory" {
		t.Errorf("%v", diags)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("a = [1, {b = env(\"X\")}]\nflow \"x\" {}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		site, diags := Parse("site.hcl", text, nil)
		if site == nil != diags.HasErrors() {
			t.Errorf("site %v, diagnostics %v", site, diags)
		}
		for _, d := range diags {
			_ = d.Render()
		}
	})
}

func TestBlocksOnOneLine(t *testing.T) {
	dir := write(t, "site.hcl", `
name     = "radonc"
data_dir = "/var/lib/raddeploy"

dicom {
  ae_title = "RadDeploy"               # the default
  listen   = "0.0.0.0:10000"           # default 127.0.0.1:10000
  complete { on = "association" }
  peer "scanner" { ae_title = "CT1"  addresses = ["10.1.0.0/16"] }
  tls { cert_file = "/c" key_file = "/k" client_ca_file = "/a" }
}
flows { dirs = ["flows"] }
static { dir = "static" }
executor "docker" "local" {                 # plugin name, then instance name
  cpus = 4
  gpus = ["0", "1"]                         # indexes or UUIDs; [] = none
  config { endpoint = "unix:///var/run/docker.sock" }   # the plugin's own schema
}
destination "pacs" { host = "pacs.local"  port = 104  ae_title = "PACS" }
http { listen = "127.0.0.1:8080" }
retention { files = "12h"  runs = "90d"  reserve = "10GiB" }
log { level = "info"  format = "text" }
`)
	got := load(t, nil, filepath.Join(dir, "site.hcl"))
	pacs := Destination{Name: "pacs", Host: "pacs.local", Port: 104, AETitle: "PACS"}
	if len(got.Destinations) != 1 || got.Destinations[0] != pacs {
		t.Errorf("destinations %+v", got.Destinations)
	}
	if *got.DICOM.TLS != (ServerTLS{"/c", "/k", "/a", BCP195}) || got.DICOM.Peers[0].AETitle != "CT1" || got.Retention.Reserve != 10<<30 {
		t.Errorf("%+v", got)
	}
	if got.Executors[0].Config.Get("endpoint").Text != "unix:///var/run/docker.sock" {
		t.Errorf("%+v", got.Executors[0])
	}
}
