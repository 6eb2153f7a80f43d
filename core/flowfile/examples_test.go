package flowfile

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
)

func TestExamplesLoad(t *testing.T) {
	flows, diags := Load([]string{"../../examples/flows"}, Options{})
	if len(diags) > 0 {
		t.Errorf("diagnostics:\n%s", rendered(diags))
	}
	var names []string
	for _, l := range flows {
		names = append(names, filepath.Base(l.Path)+" "+l.Flow.ID().String())
	}
	want := []string{"dag.yaml dag", "destinations.yaml destinations", "folds.hcl folds@1", "full.hcl FancyFlow in HCL@1.02", "full.yaml FancyFlow@1.02", "radiotherapy.hcl radiotherapy@1", "simplest.yaml simplest", "study.yaml study", "triggers.yaml triggers"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestPublishedFlowMeansWhatItSays(t *testing.T) {
	flows, diags := Load([]string{"../../examples/flows/full.yaml"}, Options{})
	if diags != nil || len(flows) != 1 {
		t.Fatalf("%d flows:\n%s", len(flows), rendered(diags))
	}
	container := func(order string) flow.Container {
		return flow.Container{
			Image:       "busybox",
			Command:     []string{"sh", "-c", "echo $CONTAINER_ORDER; cp -r /input /output/"},
			Environment: []flow.EnvVar{{Name: "CONTAINER_ORDER", Value: order}},
		}
	}
	model := func(name, in, out string, gpus int, statics ...flow.Mount) flow.Model {
		return flow.Model{
			Name: name, Container: container(name), GPUs: gpus,
			Inputs: []flow.Mount{{Name: in, Path: "/input"}}, Outputs: []flow.Mount{{Name: out, Path: "/output"}}, Statics: statics,
			PullBeforeExec: true, Timeout: 30 * time.Minute, ConfigDumpFolder: "/config", ConfigFile: "config.yaml",
		}
	}
	want := &flow.Flow{
		Name: "FancyFlow", Version: "1.02", Priority: 4, Exclude: flow.ExcludeFlow, Mode: flow.Live,
		ReturnToSenderOnPorts: []int{104},
		Triggers: []flow.Trigger{
			{Tags: []flow.TagPatterns{{Tag: "Modality", Patterns: []string{"CT"}}, {Tag: "SeriesDescription", Patterns: []string{"Head|Neck|Brain"}}}},
			{Tags: []flow.TagPatterns{{Tag: "SOPClassUID", Patterns: []string{"1.2.840.10008.5.1.4.1.1.4"}}, {Tag: "StudyDescription", Patterns: []string{"AutoSegProtocol"}}}},
		},
		Models: []flow.Model{
			model("0", "src", "first", 0),
			model("1", "first", "dst", 1, flow.Mount{Name: "AwesomeModel1", Path: "/model"}),
		},
		Destinations: []flow.Destination{{Host: "localhost", Port: 10001, AETitle: "STORESCP"}, {Host: "storage.some-system.org", Port: 104, AETitle: "FANCYSTORE"}},
		Extra:        map[string]any{"INTERESTING_PARAMETER": "FooBar", "USED_FOR_CUSTOM_SERVICE": "Niiice"},
	}
	if diff := cmp.Diff(want, flows[0].Flow); diff != "" {
		t.Error(diff)
	}
	again, err := flow.Decode(flows[0].Encoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("stored and restored: %s", diff)
	}
}

func TestPublishedGraphRunsFiveInParallel(t *testing.T) {
	flows, _ := Load([]string{"../../examples/flows/dag.yaml"}, Options{})
	if len(flows) != 1 {
		t.Fatal("not loaded")
	}
	g := flow.NewGraph(flows[0].Flow)
	for i := range 5 {
		if g.Depth(i) != 0 {
			t.Errorf("model %d waits", i)
		}
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4}, g.DependenciesOf(5)); diff != "" {
		t.Error(diff)
	}
}

// TestBothLanguagesMeanTheSame compares the two spellings of the published flow.
func TestBothLanguagesMeanTheSame(t *testing.T) {
	flows, _ := Load([]string{"../../examples/flows/full.yaml", "../../examples/flows/full.hcl"}, Options{})
	if len(flows) != 2 {
		t.Fatal("not loaded")
	}
	flows[1].Flow.Name = flows[0].Flow.Name
	if diff := cmp.Diff(flows[0].Flow, flows[1].Flow); diff != "" {
		t.Error(diff)
	}
}

func TestFoldsAreAVariable(t *testing.T) {
	for folds, want := range map[string]int{"": 6, "2": 3} {
		options := Options{}
		if folds != "" {
			options.Variables = map[string]string{"folds": folds}
		}
		flows, diags := Load([]string{"../../examples/flows/folds.hcl"}, options)
		if len(flows) != 1 || len(flows[0].Flow.Models) != want {
			t.Errorf("%s folds: %d flows, %v", folds, len(flows), diags)
		}
	}
}

// The folds of the radiotherapy example ask for a GPU each, unless a variable
// says that there is none.
func TestFoldsOfRadiotherapyWantGPUs(t *testing.T) {
	for gpu, want := range map[string]int{"": 1, "true": 1, "false": 0} {
		options := Options{}
		if gpu != "" {
			options.Variables = map[string]string{"gpu": gpu}
		}
		flows, diags := Load([]string{"../../examples/flows/radiotherapy.hcl"}, options)
		if len(flows) != 1 || len(flows[0].Flow.Models) != 6 {
			t.Fatalf("gpu=%s: %d flows, %v", gpu, len(flows), diags)
		}
		for i, model := range flows[0].Flow.Models {
			if i < 5 && model.GPUs != want || i == 5 && model.GPUs != 0 {
				t.Errorf("gpu=%s: model %s wants %d GPUs", gpu, model.Name, model.GPUs)
			}
		}
	}
}
