package job

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
)

//go:embed script.sh
var frame string

// Text is the script.
func (s *Script) Text() string {
	var settings, inputs, outputs strings.Builder
	set := func(name, value string) { fmt.Fprintf(&settings, "%s=%s\n", name, value) }
	set("folder", bash.Quote(s.Folder))
	set("attempt", bash.Quote(s.Attempt))
	set("scratch", `"`+s.Scratch+`"`)
	timeout := ""
	if s.Timeout > 0 {
		timeout = seconds(s.Timeout)
	}
	set("timeout", timeout)
	set("digest", bash.Quote(s.Digest))
	set("grace_of_time", seconds(s.Grace))
	for _, name := range s.Folders {
		fmt.Fprintf(&inputs, "mkdir -p %[1]s && chmod 777 %[1]s || return\n", Place(name))
	}
	for _, in := range s.Inputs {
		fmt.Fprintf(&inputs, "cp -a --reflink=auto %s %s || return\n", bash.Quote(in.Shared), Place(in.Name))
		fmt.Fprintf(&inputs, "chmod -R a+rwX %s || return\n", Place(in.Name))
	}
	for _, folder := range s.Direct {
		fmt.Fprintf(&outputs, "readable %s\n", bash.Quote(folder))
	}
	for _, out := range s.Outputs {
		fmt.Fprintf(&outputs, "move_out %s %s || return\n", Place(out.Name), bash.Quote(out.Shared))
	}
	return strings.NewReplacer(
		"@SETTINGS@", settings.String(), "@INPUTS@", inputs.String(), "@OUTPUTS@", outputs.String(),
		"@PREPARE@", s.Prepare, "@RUN@", s.Run, "@CLEANUP@", s.Cleanup,
	).Replace(frame)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
