package configs_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What systemd computes of the unit's exposure stays low, and no check of files
// stands before the start: the agent tolerates a broken flow file.
func TestUnitIsHardened(t *testing.T) {
	unit := read(t, "raddeploy.service")
	if strings.Contains(unit, "ExecStartPre=") || !strings.Contains(unit, "\nType=notify\n") || !strings.Contains(unit, "\nWatchdogSec=") {
		t.Error("the unit has a gate before its start, or does not wait for the agent to be ready")
	}
	analyze := tool(t, "systemd-analyze")
	output, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "raddeploy.service").CombinedOutput()
	if strings.Contains(string(output), "unrecognized option") {
		missing(t, "systemd-analyze is too old to look at a file")
	}
	level := regexp.MustCompile(`Overall exposure level for raddeploy.service: ([0-9.]+)`).FindStringSubmatch(string(output))
	if level == nil {
		t.Fatalf("no level: %v\n%s", err, output)
	}
	if exposure, err := strconv.ParseFloat(level[1], 64); err != nil || exposure >= 3 {
		t.Errorf("the exposure is %s, want less than 3\n%s", level[1], output)
	}
}

// tool is the path of a program of this machine. Without it the test is skipped, or fails
// under CI.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed: run make services")
	}
	return path
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
