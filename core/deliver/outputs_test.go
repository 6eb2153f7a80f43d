package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// rows are those of one run.
type rows struct {
	definition    []byte
	definitionErr error
	tasks         []run.Task
	tasksErr      error
}

func (r rows) Definition(context.Context, run.ID) ([]byte, error) {
	return r.definition, r.definitionErr
}
func (r rows) Tasks(context.Context, run.ID) ([]run.Task, error) { return r.tasks, r.tasksErr }

func TestOutputs(t *testing.T) {
	models := func(outputs ...[]string) []byte {
		f := &flow.Flow{Name: "seg"}
		for _, names := range outputs {
			var m flow.Model
			for _, name := range names {
				m.Outputs = append(m.Outputs, flow.Mount{Name: name, Path: "/" + name})
			}
			f.Models = append(f.Models, m)
		}
		definition, err := flow.Encode(f)
		check(t, err)
		return definition
	}
	full := errors.New("disk I/O error")
	for _, test := range []struct {
		name string
		rows rows
		want []string
		err  string
	}{
		{
			name: "of the last try of each model",
			rows: rows{definition: models([]string{"dst"}, []string{"dst_seg", "masks"}), tasks: []run.Task{{Tries: 1}, {Tries: 3}}},
			want: []string{"0-1/out/dst", "1-3/out/dst_seg"},
		},
		{
			name: "names that only contain dst",
			rows: rows{definition: models([]string{"a_dst", "DST", "dst2", "ds"}), tasks: []run.Task{{Tries: 2}}},
			want: []string{"0-2/out/dst2"},
		},
		{name: "no outputs", rows: rows{definition: models(nil), tasks: []run.Task{{Tries: 1}}}},
		{name: "no definition", rows: rows{definitionErr: full}, err: "disk I/O error"},
		{name: "a definition of a newer version", rows: rows{definition: []byte(`{"new": 1}`)}, err: "its stored flow cannot be read: decode flow"},
		{name: "no tasks", rows: rows{definition: models([]string{"dst"}), tasksErr: full}, err: "disk I/O error"},
		{
			name: "fewer tasks than models",
			rows: rows{definition: models([]string{"dst"}, []string{"dst"}), tasks: []run.Task{{Tries: 1}}},
			err:  "it has 1 task, and its stored flow has 2 models",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Outputs(t.Context(), test.rows, spool.RunsIn("/data"), "0b7c")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want one with %q", err, test.err)
			}
		})
	}
}
