package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// patience is how long anything may take that is waited for.
const patience = 2 * time.Minute

// site is a site with a running agent.
type site struct {
	*api.Client
	dir   string
	dicom string // host:port
	pid   int
	ready time.Duration // from the program's start to "agent is ready" and an answer of the API
	log   *log
	stop  func()
}

// newSite makes a site of settings in HCL and flow files by name, and starts
// its agent.
func newSite(b *testing.B, settings string, flows map[string]string) *site {
	b.Helper()
	s := makeSite(b, b.TempDir(), settings, flows)
	s.start(b)
	return s
}

// makeSite makes a site in a folder. Its agent does not run yet.
func makeSite(b *testing.B, dir, settings string, flows map[string]string) *site {
	b.Helper()
	s := &site{dir: dir}
	s.write(b, "site.hcl", `
		data_dir = "data"
		dicom { listen = "127.0.0.1:0" }
		http { listen = "127.0.0.1:0" }
		flows { dirs = ["flows"] }
		static { dir = "static" }
		retention { reserve = "1MiB" }
		log { format = "json" }
		`+settings)
	for name, text := range flows {
		s.write(b, "flows/"+name+".yaml", text)
	}
	s.write(b, "static/.keep", "")
	return s
}

func (s *site) start(b *testing.B) {
	b.Helper()
	command := exec.Command(program(b), "agent", "-config", filepath.Join(s.dir, "site.hcl"))
	command.Dir = s.dir
	errs, err := command.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	log := &log{ready: make(chan struct{}), ended: make(chan struct{}), runs: make(chan runEnd, 1000)}
	go log.read(errs)
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			b.Errorf("end the agent: %v", err)
		}
		<-log.ended
		if err := command.Wait(); err != nil || b.Failed() {
			b.Logf("the agent ended: %v\n%s", err, log.tail())
		}
	}
	b.Cleanup(s.stop)
	select {
	case <-log.ready:
	case <-log.ended:
		b.Fatalf("the agent did not start:\n%s", log.tail())
	case <-time.After(patience):
		b.Fatalf("the agent is not ready after %s:\n%s", patience, log.tail())
	}
	s.pid, s.log, s.dicom = command.Process.Pid, log, log.dicom
	s.Client = &api.Client{Address: "http://" + log.http}
	s.until(b, "an answer", func() bool {
		_, err := s.Status(b.Context())
		return err == nil
	})
	s.ready = time.Since(begun)
	s.until(b, "healthy executors", func() bool {
		status, err := s.Status(b.Context())
		return err == nil && len(status.Executors) > 0 && status.Executors[0].State == "healthy"
	})
}

// ended waits until n more runs have ended well, and returns when the log said
// so of the last one.
func (s *site) ended(b *testing.B, n int) (last time.Time) {
	b.Helper()
	timeout := time.After(patience)
	for i := range n {
		select {
		case run := <-s.log.runs:
			if run.failed {
				b.Fatal("a run has failed; see the agent's log")
			}
			last = run.at
		case <-timeout:
			b.Fatalf("after %s, %d of %d runs have ended", patience, i, n)
		}
	}
	return last
}

// until waits until something is so.
func (s *site) until(b *testing.B, what string, so func() bool) {
	b.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("waited %s for %s", patience, what)
		}
	}
}

func (s *site) write(b *testing.B, name, text string) {
	b.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

// log is what the agent says.
type log struct {
	ready, ended chan struct{}
	dicom, http  string // once ready
	lines        []string
	runs         chan runEnd  // as the log tells of them
	matched      atomic.Int64 // arrivals that were
}

// runEnd is the end of a run.
type runEnd struct {
	at     time.Time
	failed bool
}

func (l *log) read(from interface{ Read([]byte) (int, error) }) {
	defer close(l.ended)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		l.lines = append(l.lines, lines.Text())
		if strings.Contains(lines.Text(), `"@message":"arrival matched"`) {
			l.matched.Add(1)
		}
		for message, failed := range map[string]bool{"run finished": false, "run failed": true} {
			if strings.Contains(lines.Text(), `"@message":"`+message+`"`) {
				l.runs <- runEnd{time.Now(), failed}
			}
		}
		var entry struct {
			Message string `json:"@message"`
			DICOM   string `json:"dicom"`
			HTTP    string `json:"http"`
		}
		if l.dicom == "" && json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Message == "agent is ready" {
			l.dicom, l.http = entry.DICOM, entry.HTTP
			close(l.ready)
		}
	}
}

func (l *log) tail() string { return strings.Join(l.lines[max(0, len(l.lines)-40):], "\n") }

// tick is the unit in which Linux tells the time that a process has used of the
// processors.
const tick = 10 * time.Millisecond

// worked is how much of the processors' time the agent and its executors have used.
func (s *site) worked(b *testing.B) (agent, executors time.Duration) {
	b.Helper()
	// none where there is no Linux
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, thread := range threads {
		children, _ := os.ReadFile(thread) // the thread may have ended
		for _, pid := range strings.Fields(string(children)) {
			executors += processorTime(pid)
		}
	}
	return processorTime(strconv.Itoa(s.pid)), executors
}

func processorTime(pid string) time.Duration {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	_, behind, _ := strings.Cut(string(text), ") ") // of the program's name
	fields := strings.Fields(behind)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// memory is the most memory that a process has had resident, in MB.
func memory(b *testing.B, pid int) float64 {
	b.Helper()
	return resident(b, pid, "VmHWM") / 1e6
}

// resident is what Linux tells of a process's memory: now (VmRSS) or at its
// most (VmHWM), in bytes.
func resident(b *testing.B, pid int, what string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		skip(b, "no /proc to read the memory of a process from")
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, what+": %f kB", &kilobytes); n == 1 {
			return kilobytes * 1024
		}
	}
	b.Fatalf("no %s in the status of the agent's process", what)
	return 0
}
