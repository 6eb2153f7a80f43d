package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/config"
)

// installed writes files and imports them.
func installed(t *testing.T, files map[string]string) (*Result, *config.Site) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	result, err := Import([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	site, diagnostics := config.Parse("site.hcl", result.Site, nil)
	if site == nil {
		t.Fatalf("%v\n%s", diagnostics, result.Site)
	}
	return result, site
}

func TestLaterFilesAndTheComposeFileWin(t *testing.T) {
	_, site := installed(t, map[string]string{
		"storescp/conf.d/00_default_config.yaml": "AE_TITLE: DICOMFLOW\nAE_HOSTNAME: localhost\nAE_PORT: 10000\nLOG_LEVEL: 20\n",
		"storescp/conf.d/10.yaml":                "AE_PORT: 104\n",
		"docker-compose.yaml":                    "services:\n  storescp:\n    env_file: scp.env\n    environment: [\"LOG_LEVEL=${LEVEL:-30}\"]\n",
		"scp.env":                                "AE_TITLE='WARD 7'\n",
	})
	if site.DICOM.AETitle != "WARD 7" || site.DICOM.Listen != "127.0.0.1:104" || site.Log.Level != "warn" {
		t.Errorf("%q on %s, level %s", site.DICOM.AETitle, site.DICOM.Listen, site.Log.Level)
	}
}

func TestPeersStayOut(t *testing.T) {
	_, site := installed(t, map[string]string{
		"storescp/conf.d/00.yaml": "AE_TITLE: X\nAE_WHITELISTED_IP_NETWORKS: [10.0.0.0/8]\nAE_BLACKLISTED_IP_NETWORKS: [10.9.0.0/16, 10.8.0.1]\n",
	})
	var got []string
	for _, p := range site.DICOM.Peers {
		for _, a := range p.Addresses {
			got = append(got, map[bool]string{true: "not ", false: ""}[p.Deny]+a.String())
		}
	}
	if diff := cmp.Diff([]string{"10.0.0.0/8", "not 10.9.0.0/16", "not 10.8.0.1/32"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestConsumersOfAllKinds(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		cpus  int
		gpus  []string
	}{
		"one":                {map[string]string{"consumer/conf.d/00.yaml": "CPUS: 4\nGPUS: []\n"}, 4, nil},
		"one with GPUs":      {map[string]string{"consumer/conf.d/00.yaml": "CPUS: 4\nGPUS: [0, 1]\n"}, 1, []string{"0", "1"}},
		"GPUs as words":      {map[string]string{"consumer/conf.d/00.yaml": "CPUS: 1\nGPUS: \"0 2 5\"\n"}, 1, []string{"0", "2", "5"}},
		"replicas":           {map[string]string{"c.yaml": "services: {consumer: {environment: {CPUS: 2}, deploy: {replicas: 3}}}"}, 6, nil},
		"of both kinds":      {map[string]string{"c.yaml": "services: {consumer-cpu: {environment: {CPUS: 2}}, consumer-gpu: {environment: {GPUS: 1}}}"}, 2, []string{"1"}},
		"none said anything": {map[string]string{"c.yaml": "services: {consumer: {image: x}, storescp: {environment: {AE_TITLE: X}}}"}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, site := installed(t, test.files)
			if len(site.Executors) != 1 {
				t.Fatalf("executors: %+v", site.Executors)
			}
			if e := site.Executors[0]; e.CPUs != test.cpus || !cmp.Equal(append([]string{}, e.GPUs...), append([]string{}, test.gpus...)) {
				t.Errorf("cpus %d, gpus %v", e.CPUs, e.GPUs)
			}
		})
	}
}

func TestFlowsKeepTheirMeaning(t *testing.T) {
	const models = "models: [{docker_kwargs: {image: busybox}}]\n"
	for name, test := range map[string]struct{ text, want, note string }{
		"no exclusion":    {"triggers: [{Modality: CT}]\n" + models, "triggers", ""},
		"exclusion":       {"triggers: [{Modality: CT, StudyDescription: [A, ~B]}]\n" + models, "exclude: file #", "exclude: file was added"},
		"it says itself":  {"exclude: flow\ntriggers: [{Modality: [CT, ~B]}]\n" + models, "exclude: flow\n", ""},
		"document start":  {"---\ntriggers: [{Modality: [CT, ~B]}]\n" + models, "---\nexclude: file #", "exclude: file was added"},
		"byte order mark": {"\ufefftriggers: [{Modality: [CT, ~B]}]\n" + models, "exclude: file #", "exclude: file was added"},
		"in braces":       {"# mine\n{triggers: [{Modality: \"~MR\"}], models: [{docker_kwargs: {image: busybox}}]}\n", "# mine\n{exclude: file, triggers", "exclude: file was added"},
		"exclusions only": {"triggers: [{Modality: ~CT}]\n" + models, "exclude: file #", "exclusions alone"},
		"gpu":             {"models: [{docker_kwargs: {image: busybox}, gpu: true}]\n", "models", "changed model 0 has GPUs"},
		"gpu, own shm":    {"models: [{docker_kwargs: {image: busybox, shm_size: 1g}, gpu: true}]\n", "models", ""},
		"broken":          {"triggers: [{Modality: \"(\"}]\n" + models, "triggers", "not a regular expression"},
	} {
		t.Run(name, func(t *testing.T) {
			result, _ := installed(t, map[string]string{"flows/a/f.yaml": test.text})
			if len(result.Flows) != 1 || result.Flows[0].Name != "a/f.yaml" || !strings.HasPrefix(string(result.Flows[0].Text), test.want) {
				t.Fatalf("%+v", result.Flows)
			}
			var notes strings.Builder
			for _, n := range result.Notes {
				notes.WriteString(string(n.Kind) + " " + n.Text + "\n")
			}
			if !strings.Contains(notes.String(), test.note) || test.note == "" && notes.Len() > 0 {
				t.Errorf("notes, which are to have %q:\n%s", test.note, &notes)
			}
		})
	}
}

func TestNothingThere(t *testing.T) {
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		if _, err := Import([]string{path}); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{`a"b`: `"a\"b"`, "${x}": `"$${x}"`, "%{x}": `"%%{x}"`, `C:\x`: `"C:\\x"`} {
		if got := quote(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// What an installation had without setting it is named, and a listener that no
// scanner reaches; a variable of several services is named once.
func TestDefaultsAreNamed(t *testing.T) {
	const loopback, title, port = "only programs of this machine", "DICOMFLOW", "port 10005"
	for name, test := range map[string]struct {
		files     map[string]string
		says, not []string
	}{
		"all by default": {map[string]string{
			"storescp/conf.d/00.yaml": "AE_HOSTNAME: localhost\nMYSTERY: 1\nLOG_DIR: /a\n", "storescu/conf.d/00.yaml": "AE_TITLE: X\nMYSTERY: 2\nLOG_DIR: /b\n",
		}, []string{loopback, title, port, "MYSTERY of storescp, storescu has no counterpart"}, nil},
		"all set": {map[string]string{
			"storescp/conf.d/00.yaml": "AE_TITLE: X\nAE_HOSTNAME: 0.0.0.0\n", "storescu/conf.d/00.yaml": "AE_PORT: 0\n",
		}, nil, []string{loopback, title, port}},
		"services that are not there": {map[string]string{"scheduler/conf.d/00.yaml": "LOG_LEVEL: 20\n"}, nil, []string{title, port}},
	} {
		t.Run(name, func(t *testing.T) {
			result, _ := installed(t, test.files)
			var notes strings.Builder
			for _, n := range result.Notes {
				notes.WriteString(n.Text + "\n")
			}
			for _, want := range test.says {
				if strings.Count(notes.String(), want) != 1 {
					t.Errorf("%q is to be once in\n%s", want, &notes)
				}
			}
			for _, not := range test.not {
				if strings.Contains(notes.String(), not) {
					t.Errorf("%q is in\n%s", not, &notes)
				}
			}
			if n := strings.Count(notes.String(), "logs go to standard error"); n > 1 {
				t.Errorf("LOG_DIR is named %d times", n)
			}
		})
	}
}
