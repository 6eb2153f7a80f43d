package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// image is what the measured containers run.
const image = "busybox:latest"

// docker runs docker's own command and returns what it printed.
func docker(arguments ...string) (string, error) {
	output, err := exec.Command("docker", arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w\n%s", strings.Join(arguments, " "), err, output)
	}
	return strings.TrimSpace(string(output)), nil
}

func mustDocker(b *testing.B, arguments ...string) string {
	b.Helper()
	output, err := docker(arguments...)
	if err != nil {
		b.Fatal(err)
	}
	return output
}

// needDocker leaves the benchmark out where no engine answers or the image is
// missing.
func needDocker(b *testing.B) {
	b.Helper()
	tool(b, "docker")
	if _, err := docker("image", "inspect", image); err != nil {
		skip(b, fmt.Sprintf("no docker with %s: run make services: %v", image, err))
	}
}

// label is what all that the site's agent makes in docker has on it.
func (s *site) label(b *testing.B) string {
	b.Helper()
	id, err := os.ReadFile(filepath.Join(s.dir, "data", "id"))
	if err != nil {
		b.Fatal(err)
	}
	return "label=raddeploy.site=" + s.name(b) + "-" + strings.TrimSpace(string(id))
}

func (s *site) name(b *testing.B) string {
	b.Helper()
	status, err := s.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return status.Site
}

// created returns when docker had made the first of the site's containers after
// a time. The call itself came before.
func (s *site) created(b *testing.B, after time.Time) time.Time {
	b.Helper()
	stamp := func(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }
	events := mustDocker(b, "events", "--since", stamp(after), "--until", stamp(time.Now()), "--filter", s.label(b),
		"--filter", "event=create", "--filter", "type=container", "--format", "{{.TimeNano}}")
	first, _, _ := strings.Cut(events, "\n")
	nanos, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		b.Fatalf("docker tells of no container: %q", events)
	}
	return time.Unix(0, nanos)
}

// removed waits until docker has nothing of the site any more.
func (s *site) removed(b *testing.B) {
	b.Helper()
	label := s.label(b)
	s.until(b, "docker to hold nothing of the site", func() bool {
		return mustDocker(b, "ps", "-aq", "--filter", label) == ""
	})
}
