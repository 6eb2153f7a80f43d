package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse reads a site of the folder /s.
func parse(t *testing.T, text string) *Site {
	t.Helper()
	site, diagnostics := Parse("/s/site.hcl", []byte(text), nil)
	if err := diagnostics.Err(); err != nil {
		t.Fatal(err)
	}
	return site
}

const before = `
name = "radonc"
dicom {
  max_pdu = 131072
  peer "ct1" { ae_title = "CT1" }
  peer "ct2" { ae_title = "CT2" }
}
executor "docker" "gpu" {
  cpus = 2
  config { endpoint = "unix:///var/run/docker.sock" }
}
executor "process" { cpus = 1 }
destination "pacs" {
  host     = "pacs"
  port     = 104
  ae_title = "PACS"
}
`

// What changes, and what of it waits for a restart, is said by the name that the
// file has for it.
func TestReload(t *testing.T) {
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(before) }
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", before, nil},
		{"only comments and order of settings", "# a comment\n" + replace(`ae_title = "PACS"`, "", `host     = "pacs"`, `host = "pacs"`+"\n"+`ae_title = "PACS"`), nil},
		{"a limit", replace("131072", "65536"), []string{"dicom.max_pdu: 131072 → 65536"}},
		{"a limit is left out", replace("max_pdu = 131072", ""), []string{"dicom.max_pdu: 131072 → default"}},
		{"a switch", replace("max_pdu", "check_called_ae = true\nmax_pdu"), []string{"dicom.check_called_ae: false → true"}},
		{"the order of peers", replace(`"ct1" { ae_title = "CT1" }`, `"ct2" { ae_title = "CT2" }`, `"ct2" { ae_title = "CT2" }`, `"ct1" { ae_title = "CT1" }`),
			[]string{"peer: another order"}},
		{"peers", replace(`"CT1"`, `"CT9"`, `peer "ct2" { ae_title = "CT2" }`, `peer "ct3" { ae_title = "CT3" }`),
			[]string{`peer "ct1": changed`, `peer "ct3": added`, `peer "ct2": removed`}},
		{"destinations", replace("104", "11112") + "destination \"b\" {\n host = \"b\"\n port = 1\n ae_title = \"B\"\n}\n",
			[]string{`destination "pacs": changed`, `destination "b": added`}},
		{"executors", replace("cpus = 2", "cpus = 3", `executor "process" { cpus = 1 }`, `executor "slurm" {}`),
			[]string{`executor "gpu": changed`, `executor "slurm": added`, `executor "process": removed`}},
		{"what a plugin is told", replace("docker.sock", "other.sock"), []string{`executor "gpu": changed`}},
		{"another plugin of the same name", replace(`executor "docker" "gpu"`, `executor "containerd" "gpu"`, `config { endpoint = "unix:///var/run/docker.sock" }`, ""),
			[]string{`executor "gpu": plugin docker → containerd, waits for a restart`}},
		{"times", before + "deliver {\n retry_min = 1\n give_up_after = \"1h\"\n}\n", []string{"deliver.give_up_after: 24h0m0s → 1h0m0s", "deliver.retry_min: 5s → 1s"}},
		{"folders", before + "flows { dirs = [\"a\", \"b\"] }\n", []string{`flows: ["/s/flows"] → ["/s/a" "/s/b"]`}},
		{"what is kept", before + "retention {\n reserve = \"1GiB\"\n files = \"2h\"\n files_min = \"30m\"\n logs = \"3h\"\n runs = \"4h\"\n log_size = \"1MiB\"\n}\n", []string{
			"retention.reserve: 10GiB → 1GiB", "retention.files: 168h0m0s → 2h0m0s", "retention.files_min: 1h0m0s → 30m0s",
			"retention.logs: 9600h0m0s → 3h0m0s", "retention.runs: 9600h0m0s → 4h0m0s", "retention.log_size: 100MiB → 1MiB, waits for a restart"}},
		{"the log", before + "log {\n level = \"debug\"\n format = \"json\"\n}\n", []string{"log.level: info → debug", "log.format: text → json, waits for a restart"}},
		{"what waits for a restart", "data_dir = \"d\"\nhttp { listen = \"127.0.0.1:9999\" }\n" + replace("radonc", "neuro", "max_pdu", "listen = \"0.0.0.0:104\"\nae_title = \"X\"\nmax_pdu"), []string{
			"name: radonc → neuro, waits for a restart", "data_dir: /s/data → /s/d, waits for a restart",
			"dicom.ae_title: RadDeploy → X, waits for a restart", "dicom.listen: 127.0.0.1:10000 → 0.0.0.0:104, waits for a restart",
			"http.listen: 127.0.0.1:8080 → 127.0.0.1:9999, waits for a restart",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, next := parse(t, before), parse(t, test.text)
			site, changes := old.Reload(next)
			var got []string
			for _, c := range changes {
				got = append(got, c.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if _, again := site.Reload(next); Waiting(again) != Waiting(changes) || len(again) != strings.Count(strings.Join(got, "\n"), "restart") {
				t.Errorf("what is to be in force still differs by %v, and waits for %s", again, Waiting(changes))
			}
		})
	}
}

// What waits for a restart keeps its value, and the rest is as the file says.
func TestReloadTakesUpTheRest(t *testing.T) {
	old, next := parse(t, before), parse(t, strings.NewReplacer("radonc", "neuro", "131072", "65536").Replace(before))
	site, _ := old.Reload(next)
	if site.Name != "radonc" || site.DICOM.MaxPDU != 65536 {
		t.Errorf("name %s and max_pdu %d", site.Name, site.DICOM.MaxPDU)
	}
	if old.DICOM.MaxPDU != 131072 || next.Name != "neuro" {
		t.Error("one of the two sites was changed")
	}
}

// A site without an executor block keeps the one that was found, with the slots
// that it now says; and one whose last block is gone keeps that.
func TestReloadOfAFoundExecutor(t *testing.T) {
	old := parse(t, "")
	old.Executors = []Executor{{Plugin: "docker", Instance: "docker", CPUs: old.CPUs}}
	next := parse(t, "")
	next.CPUs = 7
	site, changes := old.Reload(next)
	if len(site.Executors) != 1 || site.Executors[0].CPUs != 7 || fmt.Sprint(changes) != `[executor "docker": changed]` {
		t.Errorf("executors %+v, %v", site.Executors, changes)
	}
	named := parse(t, "executor \"process\" {}\n")
	site, changes = site.Reload(named)
	if len(site.Executors) != 1 || fmt.Sprint(changes) != `[executor "process": added executor "docker": removed]` {
		t.Errorf("executors %+v, %v", site.Executors, changes)
	}
	site, changes = site.Reload(next)
	if len(site.Executors) != 1 || site.Executors[0].Instance != "process" || Waiting(changes) != "executor" {
		t.Errorf("executors %+v, %v", site.Executors, changes)
	}
}

// Each field of a site is compared: a new setting that is forgotten here would
// be taken up, or not, without a word.
func TestEveryFieldIsCompared(t *testing.T) {
	old := parse(t, before)
	var visit func(path string, v reflect.Value)
	visit = func(path string, v reflect.Value) {
		if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[Executor]() && path != "DICOM.Complete" && path != "Retention" {
			for i := range v.NumField() {
				visit(strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), v.Field(i))
			}
			return
		}
		if path == "CPUs" || path == "GPUs" || path == "DICOM.Listener.Name" { // of the executor that is found; it has none
			return
		}
		kept := reflect.ValueOf(v.Interface())
		defer func() { v.Set(kept) }()
		other(t, path, v)
		if _, changes := parse(t, before).Reload(old); len(changes) == 0 {
			t.Errorf("a change of %s is not seen", path)
		}
	}
	visit("", reflect.ValueOf(old).Elem())
}

// other gives a field another value.
func other(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), v.Len()+1, v.Len()+1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Struct:
		other(t, path, v.Field(0))
	default:
		t.Fatalf("%s is a %s", path, v.Kind())
	}
}

func TestAbsolute(t *testing.T) {
	s := Default("data")
	if err := s.Absolute(); err != nil || !filepath.IsAbs(s.DataDir) || !filepath.IsAbs(s.StaticDir) {
		t.Errorf("%s, %s, %v", s.DataDir, s.StaticDir, err)
	}
}
