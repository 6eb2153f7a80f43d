package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// One arrival starts a flow for each thing that a container may do wrong, and
// one that does nothing wrong. Each run ends as it should, with a reason that
// says what to do, and nobody disturbs another.
func TestContainersThatMisbehave(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Docker(t, 2))
	object := testenv.Object{Instance: "1.2.3.4.5"}
	type outcome struct {
		image  string // busybox unless given
		script string
		more   string // further words of the model
		state  run.State
		reason []string // what has to be in the run's reason
		check  func(*testing.T, api.Run)
	}
	outcomes := map[string]outcome{
		"well":    {script: "cp /input/*.dcm /output/", state: run.Done},
		"exits-7": {script: "cp /input/*.dcm /output/; exit 7", state: run.Failed, reason: []string{"task 0", "exit code 7", "see its logs"}},
		"never-ends": {script: "cp /input/*.dcm /output/; sleep 1000", more: "timeout: 2", state: run.Failed,
			reason: []string{"timed out after 2s", "raise the model's timeout"}},
		"writes-nothing": {script: "true", state: run.Done, check: func(t *testing.T, r api.Run) {
			if d := r.Deliveries[0]; d.Objects != 0 || !strings.Contains(d.Reason, "nothing to send") {
				t.Errorf("an empty output is not shown as such: %s", testenv.Describe(r))
			}
		}},
		"links-outside": {script: "cp /input/*.dcm /output/; ln -s /etc /output/etc", state: run.Failed,
			reason: []string{"symbolic link that leads outside", "write the file itself"}},
		"writes-much": {script: "cp /input/*.dcm /output/; i=0; while [ $i -lt 10000 ]; do echo > /output/$i; i=$((i+1)); done", state: run.Done,
			check: func(t *testing.T, r api.Run) {
				if d := r.Deliveries[0]; d.Objects != 10_001 || d.Sent != 1 {
					t.Errorf("%d files were listed and %d sent, want 10001 and 1", d.Objects, d.Sent)
				}
			}},
		"prints-much": {script: "cp /input/*.dcm /output/; yes 0123456789abcde | head -c 52428800; echo end", state: run.Done,
			check: func(t *testing.T, r api.Run) {
				if got, want := printed(t, site, r), strings.Repeat("0123456789abcde\n", 50<<20/16)+"end\n"; got != want {
					t.Errorf("%d bytes of logs, want %d", len(got), len(want))
				}
			}},
		"no-image": {image: "127.0.0.1:5000/nobody/has-this:1", script: "true", state: run.Failed,
			reason: []string{"image 127.0.0.1:5000/nobody/has-this:1 is not there", "check its name"}},
		"no-command": {script: "true", more: "entrypoint: no-such-program", state: run.Failed, reason: []string{"no-such-program"}},
	}
	for name, o := range outcomes {
		image := o.image
		if image == "" {
			image = testenv.Busybox
		}
		site.Flow(name, fmt.Sprintf(`
triggers: [{Modality: CT}]
models:
  - image: %s
    command: [sh, -c, %q]
    network_disabled: true
    pull_before_exec: %v
    %s
destinations: [%s]
`, image, o.script, o.image != "", o.more, archive.Destination()))
	}
	site.Start()
	site.Send(testenv.Write(t, object)...)

	sent := 0
	for name, o := range outcomes {
		r := site.Ended(name, o.state)
		for _, want := range o.reason {
			if !strings.Contains(r.Reason, want) {
				t.Errorf("%s: the reason %q does not say %q", name, r.Reason, want)
			}
		}
		if o.check != nil {
			o.check(t, r)
		}
		for _, d := range r.Deliveries {
			sent += d.Sent
		}
	}
	if files := archive.Files(); len(files) != sent || sent != 3 {
		t.Errorf("%d objects came to the archive and %d are recorded as sent, want 3: those of well, writes-much and prints-much", len(files), sent)
	}
	site.NoContainers()
}

// A container may do with its inputs what it likes: what was received stays,
// and so does what its siblings see.
func TestInputsArePrivate(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1))
	site.Flow("private", `
triggers: [{Modality: CT}]
models:
  - name: vandal
    image: busybox:latest
    command: [sh, -c, 'for f in /input/*; do echo changed > $f; done; rm /input/*; echo more > /input/more']
    network_disabled: true
    pull_before_exec: false
    output_mounts: {ruins: /output}
  - name: witness
    image: busybox:latest
    command: [sh, -c, 'test ! -e /ruins/more; cp /input/* /output/']
    network_disabled: true
    pull_before_exec: false
    input_mounts: {src: /input, ruins: /ruins}
`)
	site.Start()
	sent := testenv.Write(t, testenv.Object{}, testenv.Object{})
	site.Send(sent...)
	r := site.Ended("private", run.Done)
	want := testenv.ReadFiles(t, filepath.Dir(sent[0]))
	same(t, "the witness", output(t, site, r, 1, "dst"), want)
	same(t, "src", testenv.ReadFiles(t, site.Files().Src(r.ID)), want)
	same(t, "the spool", testenv.ReadFiles(t, site.Data("objects", string(r.Arrival))), want)
	if entries, err := os.ReadDir(site.Files().Output(r.ID, 0, 1, "ruins")); err != nil || len(entries) != 0 {
		t.Errorf("the vandal's output has %d files (%v), want none", len(entries), err)
	}
	site.NoContainers()
}
