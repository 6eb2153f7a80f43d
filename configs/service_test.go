package configs_test

import (
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
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	output, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "raddeploy.service").CombinedOutput()
	if strings.Contains(string(output), "unrecognized option") {
		t.Skip("systemd-analyze is too old to look at a file")
	}
	level := regexp.MustCompile(`Overall exposure level for raddeploy.service: ([0-9.]+)`).FindStringSubmatch(string(output))
	if level == nil {
		t.Fatalf("no level: %v\n%s", err, output)
	}
	if exposure, err := strconv.ParseFloat(level[1], 64); err != nil || exposure >= 3 {
		t.Errorf("the exposure is %s, want less than 3\n%s", level[1], output)
	}
}
