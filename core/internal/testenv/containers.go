package testenv

import (
	"os"
	"strings"
)

// NoContainers waits until the Docker engine holds nothing of the site's agent any more.
func (s *Site) NoContainers() {
	s.t.Helper()
	id, err := os.ReadFile(s.Data("id"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, kind := range [][]string{{"ps", "-a"}, {"volume", "ls"}} {
		args := append(kind, "--filter", "label=raddeploy.site=test-"+strings.TrimSpace(string(id)), "--format", "{{.Names}}")
		if kind[0] == "volume" {
			args[len(args)-1] = "{{.Name}}"
		}
		Until(s.t, "docker "+strings.Join(kind, " ")+" to be empty", func() (bool, string) {
			output, err := Command(s.t, "docker", args...)
			return err == nil && strings.TrimSpace(output) == "", output
		})
	}
}
