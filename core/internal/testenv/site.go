package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// Site is a site with a folder of its own, and an agent when it was started.
type Site struct {
	Dir      string
	t        testing.TB
	programs Programs
	log      *log
	agent    running // nil: none runs
}

// running is an agent that works.
type running interface {
	dicom() string // host:port
	http() string  // host:port
	socket() string
	stop() error // begins to end, in order
	done() <-chan error
}

// NewSite makes the folder of a site: a configuration with the settings given
// in HCL, where SITE stands for the folder, and an empty folder for flows.
// Settings that are not given are those of a busy tester: every address is
// free, the log says everything, deliveries are tried again soon.
func (p Programs) NewSite(t testing.TB, settings ...string) *Site {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{Dir: dir, t: t, programs: p, log: newLog()}
	s.write("config/1-test.hcl", fmt.Sprintf(`
		name       = "test"
		data_dir   = "../data"
		plugin_dir = %q
		dicom { listen = "127.0.0.1:0" }
		http { listen = "127.0.0.1:0" }
		flows { dirs = ["../flows"] }
		static { dir = "../static" }
		retention { reserve = "1MiB" }
		deliver {
			retry_min = "50ms"
			retry_max = "200ms"
		}
		log {
			level  = "trace"
			format = "json"
		}`, p.Plugins))
	s.Settings(settings...)
	for _, name := range []string{"flows", "static"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(s.end)
	return s
}

// Settings replaces the settings that NewSite was given. A running agent does not
// notice before it reloads.
func (s *Site) Settings(settings ...string) {
	s.t.Helper()
	s.write("config/2-own.hcl", strings.ReplaceAll(strings.Join(settings, "\n"), "SITE", s.Dir))
}

// Fake is the executor block of a scripted executor with CPU slots. Its tasks'
// options are [fake.Plan].
func Fake(cpus int) string {
	return fmt.Sprintf("executor \"fake\" {\n cpus = %d\n config { dir = \"SITE/fake\" }\n}", cpus)
}

// Docker is the executor block of the Docker engine of this machine. Without
// one the test is skipped, or fails under CI.
func Docker(t testing.TB, cpus int) string {
	t.Helper()
	if output, err := Command(t, "docker", "image", "inspect", Busybox); err != nil {
		Missing(t, fmt.Sprintf("no docker with %s: run make services (%v: %s)", Busybox, err, output))
	}
	return fmt.Sprintf("executor \"docker\" { cpus = %d }", cpus)
}

// Process is the executor block of the executor that needs no container runtime.
func Process(cpus int) string { return fmt.Sprintf("executor \"process\" { cpus = %d }", cpus) }

// Busybox is the image that tests run.
const Busybox = "busybox:latest"

// Backend steers the tasks of the scripted executor.
func (s *Site) Backend() fake.Backend { return fake.Backend{Dir: filepath.Join(s.Dir, "fake")} }

// Flow writes a flow file. A running agent notices.
func (s *Site) Flow(name, text string) {
	s.t.Helper()
	s.write(filepath.Join("flows", name+".yaml"), text)
}

// Data is the path of something below the agent's data folder.
func (s *Site) Data(elements ...string) string {
	return filepath.Join(append([]string{s.Dir, "data"}, elements...)...)
}

// Files says where the files of the agent's runs are.
func (s *Site) Files() spool.Runs { return spool.RunsIn(s.Data()) }

// DICOM is the address on which the agent receives: host and port.
func (s *Site) DICOM() string { return s.agent.dicom() }

// Client asks the agent, as its own user where it has a socket.
func (s *Site) Client() *api.Client {
	if socket := s.agent.socket(); socket != "" {
		return &api.Client{Address: "unix://" + socket}
	}
	return &api.Client{Address: s.HTTP()}
}

// HTTP is where the agent answers over TCP: a URL.
func (s *Site) HTTP() string { return "http://" + s.agent.http() }

// Stop ends the agent in order. Its tasks go on.
func (s *Site) Stop() {
	s.t.Helper()
	s.BeginStop()()
}

// BeginStop tells the agent to end. The function that it returns waits until it
// has.
func (s *Site) BeginStop() (wait func()) {
	s.t.Helper()
	agent := s.agent
	s.agent = nil
	err := agent.stop()
	return func() {
		s.t.Helper()
		if err == nil {
			err = inTime(agent.done())
		}
		if err != nil {
			s.t.Errorf("agent: %v", err)
		}
	}
}

func (s *Site) end() {
	if s.agent != nil {
		s.Stop()
	}
	if s.t.Failed() {
		s.removeContainers()
		s.t.Logf("the agent's log:\n%s", s.log.tail())
	}
	s.log.mustNotTell(s.t, Secrets...)
}

func (s *Site) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(temporary, path); err != nil { // nobody reads half of it
		s.t.Fatal(err)
	}
}
