// Package selftest makes the flows by which an agent tests itself: one for each
// executor, which copies what it was given and sends it back to the sender. In
// comes a flow's name; out comes the flow. Such flows are in no file and on no
// list, match nothing, and run only when they are asked for by name. The package
// must not send or start anything.
package selftest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/run"
)

// CallingAE is how the sender of the test's series calls itself. What it sends is
// matched against no flow of the site: a synthetic patient is nobody's patient.
const CallingAE dcm.AETitle = "RADDEPLOY-TEST"

// Image is what the test's task runs.
const Image = "busybox:latest"

const prefix = "selftest:"

// Name is the name of the flow that runs on an executor, and sends to a port of
// the sender.
func Name(executor string, port int) string { return prefix + executor + ":" + strconv.Itoa(port) }

// Sends reports whether an arrival is a test's.
func Sends(from run.Sender) bool { return from.CallingAE == CallingAE }

// Flow returns the flow with a name; nil: it is not one of these.
func Flow(name string) (*flowfile.Loaded, error) {
	rest, found := strings.CutPrefix(name, prefix)
	if !found {
		return nil, nil
	}
	colon := strings.LastIndexByte(rest, ':')
	if colon < 1 {
		return nil, fmt.Errorf("flow %q names no executor and port", name)
	}
	port, err := strconv.ParseUint(rest[colon+1:], 10, 16)
	if err != nil {
		return nil, fmt.Errorf("flow %q: %w", name, err)
	}
	text := fmt.Sprintf(`name: selftest
priority: 5
return_to_sender_on_ports: [%d]
models:
- name: copy
  image: %s
  command: [cp, -r, /input/., /output/]
  executor: %q
  pull_before_exec: false
  timeout: 5m
`, port, Image, rest[:colon])
	loaded, diagnostics := flowfile.Parse("selftest.yaml", []byte(text), flowfile.Options{})
	if err := diagnostics.Err(); err != nil {
		return nil, err
	}
	return loaded[0], nil
}
