package flow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestValidateGraphRules(t *testing.T) {
	src, dst := []string{"src"}, []string{"dst"}
	tests := map[string]struct {
		models []Model
		want   []string // problems, warnings with "warning: " in front
	}{
		"no models": {nil, []string{"models: the flow has no models"}},
		"nobody reads src": {
			models(model("a", nil, dst)),
			[]string{"models: no model reads src, the objects that were received"},
		},
		"src as output": {
			models(model("a", src, []string{"src", "dst"})),
			[]string{"models[0].output_mounts.src: model a writes src, which is what was received and is never written"},
		},
		"dst as input": {
			models(model("a", src, dst), model("b", []string{"dst"}, []string{"dst_b"})),
			[]string{"models[1].input_mounts.dst: model b reads dst: names that begin with dst are outputs only"},
		},
		"no dst": {
			models(model("a", src, []string{"dst_a"})),
			[]string{"models: no model writes dst"},
		},
		"two dst": {
			models(model("a", src, dst), model("b", src, dst)),
			[]string{"models[1].output_mounts.dst: models a and b both write dst"},
		},
		"two writers": {
			models(model("a", src, []string{"x"}), model("b", src, []string{"x"}), model("c", []string{"x"}, dst)),
			[]string{"models[1].output_mounts.x: models a and b both write x"},
		},
		"no producer": {
			models(model("a", []string{"src", "seg"}, dst)),
			[]string{"models[0].input_mounts.seg: model a reads seg, and no model writes it"},
		},
		"reads itself": {
			models(model("a", []string{"src", "x"}, []string{"x", "dst"})),
			[]string{"models[0].input_mounts.x: model a reads what it writes"},
		},
		"circle of three": {
			models(model("a", []string{"src", "z"}, []string{"x"}), model("b", []string{"x"}, []string{"y", "dst"}), model("c", []string{"y"}, []string{"z"})),
			[]string{"models[0].input_mounts.z: models wait for each other in a circle: a → b → c → a"},
		},
		"two circles": {
			models(model("a", []string{"src", "y"}, []string{"x"}), model("b", []string{"x"}, []string{"y", "dst"}),
				model("c", []string{"q"}, []string{"p"}), model("d", []string{"p"}, []string{"q"})),
			[]string{
				"models[0].input_mounts.y: models wait for each other in a circle: a → b → a",
				"models[2].input_mounts.q: models wait for each other in a circle: c → d → c",
			},
		},
		"unread output": {
			models(model("a", src, []string{"dst", "dst_x", "seg"})),
			[]string{"warning: models[0].output_mounts.seg: model a writes seg, and nothing reads it"},
		},
		"two of a name": {
			models(model("a", src, dst), model("a", src, []string{"dst_2"})),
			[]string{"warning: models[1].name: models 0 and 1 are both called a"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, texts(Validate(valid(test.models)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func texts(problems []Problem) []string {
	var all []string
	for _, p := range problems {
		text, _, _ := strings.Cut(p.Error(), "; ")
		if p.Warning {
			text = "warning: " + text
		}
		all = append(all, text)
	}
	return all
}

func TestValidateValues(t *testing.T) {
	tests := map[string]struct {
		change func(*Flow)
		want   string
	}{
		"empty name":        {func(f *Flow) { f.Name = " " }, "name: the flow's name is empty"},
		"control character": {func(f *Flow) { f.Name = "a\nb" }, "name: the flow's name has control characters"},
		"priority":          {func(f *Flow) { f.Priority = 6 }, "priority: priority has to be 0 to 5, and 6 is not"},
		"mode":              {func(f *Flow) { f.Mode = "dry" }, `mode: mode has to be live, shadow or off, and "dry" is not`},
		"exclude":           {func(f *Flow) { f.Exclude = "all" }, `exclude: exclude has to be flow or file, and "all" is not`},
		"return port":       {func(f *Flow) { f.ReturnToSenderOnPorts = []int{104, 0} }, "return_to_sender_on_ports[1]: port has to be 1 to 65535, and 0 is not"},
		"complete":          {func(f *Flow) { f.Complete = &Complete{On: OnSeries, Idle: 2 * time.Hour} }, "complete.max_wait: max_wait 1h0m0s is shorter than idle 2h0m0s"},
		"complete late":     {func(f *Flow) { f.Complete = &Complete{On: OnStudy, Late: "later"} }, `complete.late: late has to be rerun, hold or ignore, and "later" is not`},
		"complete expects": {func(f *Flow) {
			f.Complete = &Complete{On: OnStudy, Expect: []Trigger{{Tags: []TagPatterns{{Tag: "Modality", Patterns: []string{"("}}}}}}
		}, `complete.expect[0].Modality[0]: "(" is not a regular expression: missing ), unterminated group`},
		"AE title":         {func(f *Flow) { f.Destinations = []Destination{{Host: "h", Port: 1, AETitle: "SEVENTEEN_LETTERS"}} }, `destinations[0].ae_title: AE title "SEVENTEEN_LETTERS" has 17 characters: 16 are the most`},
		"no image":         {func(f *Flow) { f.Models[0].Container.Image = "" }, "models[0].image: model a has no image"},
		"mount outside":    {func(f *Flow) { f.Models[0].Statics = []Mount{{"../../etc", "/etc2"}} }, `models[0].static_mounts.../../etc: the name "../../etc" in static_mounts of model a does not stay inside its folder`},
		"relative mount":   {func(f *Flow) { f.Models[0].Inputs[0].Path = "input" }, `models[0].input_mounts.src: src of model a is to be mounted at "input", which is no path in a container`},
		"same mount point": {func(f *Flow) { f.Models[0].Outputs[0].Path = "/src/" }, "models[0].output_mounts.dst: src and dst of model a are both to be mounted at /src"},
		"root":             {func(f *Flow) { f.Models[0].Inputs[0].Path = "/" }, "models[0].input_mounts.src: src of model a would hide the whole container"},
		"pattern":          {func(f *Flow) { f.Triggers = []Trigger{{[]TagPatterns{{"Modality", []string{"CT", "Head("}}}}} }, `triggers[0].Modality[1]: "Head(" is not a regular expression: missing ), unterminated group`},
		"tag":              {func(f *Flow) { f.Triggers = []Trigger{{[]TagPatterns{{"Modalty", []string{"CT"}}}}} }, "warning: triggers[0].Modalty: Modalty is no DICOM keyword, so the trigger matches nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := valid(models(model("a", []string{"src"}, []string{"dst"})))
			test.change(f)
			if diff := cmp.Diff([]string{test.want}, texts(Validate(f))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
