package config

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvironmentOverrides(t *testing.T) {
	dir := write(t, "site.hcl", full)
	got := load(t, map[string]string{
		"RADDEPLOY_NAME":                               "other",
		"RADDEPLOY_DATA_DIR":                           "relative/to/here",
		"RADDEPLOY_DICOM_COMPLETE_ON":                  "series",
		"RADDEPLOY_FLOWS_DIRS":                         "/a,/b c",
		"RADDEPLOY_EXECUTOR_CLUSTER_CPUS":              "3",
		"RADDEPLOY_DESTINATION_PACS_HOST":              "elsewhere",
		"RADDEPLOY_DESTINATION_SECURE_TLS_SERVER_NAME": "pacs",
		"RADDEPLOY_RETENTION_RESERVE":                  "1MiB",
		"RADDEPLOY_LOG_LEVEL":                          "warn",
		"LOG_LEVEL":                                    "10", // the name of its own counts
	}, filepath.Join(dir, "site.hcl"))
	type view struct {
		Name, DataDir, On, Host, ServerName, Level string
		Dirs                                       []string
		CPUs                                       int
		Reserve                                    uint64
	}
	want := view{"other", "relative/to/here", "series", "elsewhere", "pacs", "warn", []string{"/a", "/b c"}, 3, 1 << 20}
	if diff := cmp.Diff(want, view{
		got.Name, got.DataDir, got.DICOM.Complete.On, got.Destinations[0].Host, got.Destinations[1].TLS.ServerName, got.Log.Level,
		got.FlowDirs, got.Executors[1].CPUs, got.Retention.Reserve,
	}); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironmentOfThePythonServices(t *testing.T) {
	got := load(t, map[string]string{
		"AE_TITLE": "DICOMFLOW", "AE_HOSTNAME": "0.0.0.0", "AE_PORT": "11112", "TAR_SUBDIR": "['SOPClassUID', 'SeriesInstanceUID']",
		"CPUS": "6", "GPUS": "0 2 5", "LOG_LEVEL": "30", "FLOW_DIRECTORY": "/opt/DicomFlow/flows",
		"AE_WHITELISTED_HOSTS": "10.0.0.1 10.0.0.2", "AE_BLACKLISTED_HOSTS": "10.0.0.3",
	}, write(t, "site.hcl", `executor "docker" {}`))
	type view struct {
		Title, Listen, Level  string
		Subdir, Dirs, Devices []string
		CPUs                  int
		Peers                 []string
	}
	var peers []string
	for _, p := range got.DICOM.Peers {
		for _, a := range p.Addresses {
			peers = append(peers, a.String())
		}
	}
	want := view{
		"DICOMFLOW", "0.0.0.0:11112", "warn", []string{"SOPClassUID", "SeriesInstanceUID"}, []string{"/opt/DicomFlow/flows"},
		[]string{"0", "2", "5"}, 6, []string{"10.0.0.1/32", "10.0.0.2/32"},
	}
	if diff := cmp.Diff(want, view{
		string(got.DICOM.AETitle), got.DICOM.Listen, got.Log.Level, got.TarSubdir, got.FlowDirs, got.Executors[0].GPUs, got.Executors[0].CPUs, peers,
	}); diff != "" {
		t.Error(diff)
	}
	got = load(t, map[string]string{"AE_WHITELISTED_HOSTS": "null", "AE_BLACKLISTED_HOSTS": "[10.0.0.3]", "CPUS": "2"})
	if p := got.DICOM.Peers; len(p) != 1 || !p[0].Deny || got.CPUs != 2 {
		t.Errorf("peers %v, %d CPUs", p, got.CPUs)
	}
}

func TestAWrongVariableIsNamed(t *testing.T) {
	_, diags := Load(nil, func(name string) (string, bool) { return "many", name == "CPUS" })
	if len(diags) != 1 || diags[0].String() != "environment variable CPUS: error: CPUS has to be a whole number, and this is many" {
		t.Errorf("%v", diags)
	}
}
