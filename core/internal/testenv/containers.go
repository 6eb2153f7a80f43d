package testenv

import (
	"os"
	"os/exec"
	"strings"
)

// NoContainers waits until the Docker engine holds nothing of the site's agent
// any more.
func (s *Site) NoContainers() {
	s.t.Helper()
	for what, list := range map[string]func() string{
		"containers": func() string { return s.Containers() },
		"volumes":    func() string { return s.docker("volume", "ls", "--format", "{{.Name}}") },
	} {
		Until(s.t, "docker to hold no "+what, func() (bool, string) {
			held := list()
			return held == "", held
		})
	}
}

// Containers names the containers of the site's agent that docker's filters let
// pass, such as "status=exited".
func (s *Site) Containers(filters ...string) string {
	s.t.Helper()
	args := []string{"ps", "-a", "--format", "{{.Names}}"}
	for _, filter := range filters {
		args = append(args, "--filter", filter)
	}
	return s.docker(args...)
}

// docker asks the engine for what bears the site's label.
func (s *Site) docker(args ...string) string {
	s.t.Helper()
	id, err := os.ReadFile(s.Data("id"))
	if err != nil {
		s.t.Fatal(err)
	}
	output, err := Command(s.t, "docker", append(args, "--filter", siteLabel(id))...)
	if err != nil {
		s.t.Fatalf("docker %v: %v: %s", args, err, output)
	}
	return strings.TrimSpace(output)
}

// removeContainers removes what a failed test has left in the engine, if there
// is one.
func (s *Site) removeContainers() {
	id, err := os.ReadFile(s.Data("id"))
	if err != nil {
		return // no agent was started
	}
	const script = `docker ps -aq --filter "$1" | xargs -r docker rm --force --volumes; docker volume ls -q --filter "$1" | xargs -r docker volume rm`
	_ = exec.Command("sh", "-c", script, "sh", siteLabel(id)).Run()
}

func siteLabel(id []byte) string { return "label=raddeploy.site=test-" + strings.TrimSpace(string(id)) }
