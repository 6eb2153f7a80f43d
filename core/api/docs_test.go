package api_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The examples of the guide do what it says, on a database that has what they ask
// for.
func TestExamplesOfTheGuide(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("curl is not installed")
	}
	s, story := acting(t)
	listening := httptest.NewServer(s.Handler())
	t.Cleanup(listening.Close)
	guide, err := os.ReadFile("../../docs/api.md")
	check(t, err)
	examples := 0
	for line := range strings.Lines(string(guide)) {
		command, isExample := strings.CutPrefix(line, "    curl ")
		if !isExample || strings.Contains(command, "/discard") { // nothing of the scenario is held
			continue
		}
		examples++
		stream := strings.Contains(command, "-sN")
		command = strings.ReplaceAll(command, "http://127.0.0.1:8080", listening.URL)
		command = "curl --fail --max-time 2 " + strings.ReplaceAll(command, "0b7c1f8e", string(story.runs[0]))
		said, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput()
		switch {
		case stream && !strings.Contains(string(said), "event: ready"), !stream && err != nil:
			t.Errorf("%s%v: %s", command, err, said)
		case strings.Contains(command, "limit=1") && !strings.Contains(string(said), "Raddeploy-Next: "):
			t.Errorf("%sdoes not say where to go on: %s", command, said)
		}
	}
	if examples < 7 {
		t.Errorf("the guide has %d examples", examples)
	}
}
