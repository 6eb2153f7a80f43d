package crash_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/plugins/docker/enginetest"
)

// site is a site with all around it that may be ended.
type site struct {
	*testenv.Site
	t        *testing.T
	engine   *enginetest.Engine
	listens  bool
	receiver *testenv.Receiver // a program, which is killed and started
	archive  *testenv.Archive  // that answers as its mood is
	mood     atomic.Value
	senders  senders
	operator operator
	told     *told
	kills    int
	holds    bool // what breaks off is held
	removes  bool // what is not needed is removed soon
	http     string
}

// mood is how a destination answers.
type mood string

const (
	takes   mood = "takes"
	refuses mood = "refuses" // associations
	fails   mood = "fails"   // every third object
)

// executors are the names of the site's executors.
var executors = []string{"docker", "process", "cluster", "gpus"}

// GPUs that one executor lists.
var gpus = []string{"GPU-00000000-aaaa-bbbb-cccc-000000000000", "GPU-11111111-aaaa-bbbb-cccc-111111111111"}

func newSite(t *testing.T, rule rule) *site {
	t.Helper()
	s := &site{t: t, holds: strings.Contains(rule.dicom, "hold"), removes: rule.settings == soon, engine: enginetest.New(t), listens: true, receiver: testenv.Storescp(t), archive: &testenv.Archive{}}
	s.mood.Store(takes)
	s.archive.Admit = func() *dimse.Reject {
		if s.mood.Load() == refuses {
			return dimse.TemporaryCongestion()
		}
		return nil
	}
	s.archive.Store = func(n int) dimse.Status {
		if s.mood.Load() == fails && n%3 == 2 {
			return dimse.OutOfResources
		}
		return dimse.Success
	}
	s.archive.Listen(t)
	s.senders = senders{to: address(t), ledger: ledger{objects: map[dcm.UID]*promise{}}}
	s.http = address(t)
	s.Site = programs.NewSite(t,
		fmt.Sprintf("dicom {\n listen = %q\n %s\n}\nhttp {\n listen = %q\n require_token = false\n}", s.senders.to, rule.dicom, s.http),
		rule.settings,
		fmt.Sprintf("executor \"docker\" {\n cpus = 2\n config { endpoint = %q }\n}", s.engine.Endpoint()),
		testenv.Process(2), testenv.Slurm(t),
		fmt.Sprintf("executor \"fake\" \"gpus\" {\n cpus = 0\n gpus = [\"0\", \"1\"]\n config {\n dir = \"SITE/gpus\"\n gpus = [%q, %q]\n }\n}", gpus[0], gpus[1]))
	s.told = listen(t, s.Static("gate", "gate", "")+"/told")
	s.flows()
	return s
}

// flows writes the site's flows. Each of their models tells the test when it
// begins.
func (s *site) flows() {
	const (
		image = `image: "%s", network_disabled: true, pull_before_exec: false, static_mounts: "gate:/gate"`
		work  = `command: [sh, -c, 'echo $RADDEPLOY_ATTEMPT >/gate/told; cp /input/* /output/; sleep 0.3']`
		wait  = `command: [sh, -c, 'echo $RADDEPLOY_ATTEMPT >/gate/told; until test -e /gate/last; do sleep 0.1; done; cp /input/* /output/']`
		chain = `{name: first, executor: docker, output_mounts: {half: /output}, %s, %s}, {executor: process, input_mounts: {half: /input}, %s, %s}`
	)
	local, registry := fmt.Sprintf(image, testenv.Busybox), fmt.Sprintf(image, "127.0.0.1:5000/"+testenv.Busybox)
	one := func(executor, image, command string) string {
		return fmt.Sprintf("{executor: %s, %s, %s}", executor, image, command)
	}
	fake := func(gpus int) string {
		return fmt.Sprintf("{executor: gpus, gpu: %d, image: any, options: {copy: true, run: 100ms}}", gpus)
	}
	for name, models := range map[string]string{
		"chain":          fmt.Sprintf(chain, local, work, local, work),
		"container":      one("docker", local, work),
		"process":        one("process", local, work),
		"job":            one("cluster", registry, work),
		"gpu":            fake(1),
		"last-container": one("docker", local, wait),
		"last-process":   one("process", local, wait),
		"last-gpu":       fake(len(gpus)),
	} {
		destinations := []string{s.archive.Destination()}
		if name == "chain" || name == "process" {
			destinations = append(destinations, s.receiver.Destination())
		}
		s.Flow(name, fmt.Sprintf("triggers: [{SeriesDescription: '^%s$'}]\nmodels: [%s]\ndestinations: [%s]\n",
			name, models, strings.Join(destinations, ", ")))
	}
}

// listening starts or kills the receiver that is a program.
func (s *site) listening(listens bool) {
	s.t.Helper()
	if s.listens == listens {
		return
	}
	s.listens = listens
	if listens {
		s.receiver.Start("+xa")
	} else {
		s.receiver.Stop()
	}
}

// client asks the agent on the address that all agents of the site have.
func (s *site) client() *api.Client { return &api.Client{Address: "http://" + s.http} }

// arrivals asks the agent for all arrivals.
func (s *site) arrivals() ([]api.Arrival, error) {
	return all(func(at api.Paging) (api.Page[api.Arrival], error) {
		return s.client().Arrivals(s.t.Context(), api.ArrivalQuery{Paging: at})
	})
}

// runs asks the agent for all runs.
func (s *site) runs() ([]api.Run, error) {
	return all(func(at api.Paging) (api.Page[api.Run], error) {
		return s.client().Runs(s.t.Context(), api.RunQuery{Paging: at})
	})
}

// all asks for page after page. An agent that is away is an error.
func all[T any](ask func(api.Paging) (api.Page[T], error)) (things []T, err error) {
	for at := (api.Paging{Limit: 1000}); ; {
		page, err := ask(at)
		if err != nil {
			return nil, err
		}
		things = append(things, page.Items...)
		if at.After = page.Next; at.After == "" {
			return things, nil
		}
	}
}

// saveLog keeps the agents' whole log of a test that fails.
func (s *site) saveLog(name string) {
	s.t.Cleanup(func() {
		if s.t.Failed() {
			path := filepath.Join(os.TempDir(), "raddeploy-crash-"+name+".log")
			s.t.Logf("the agents' whole log is in %s (%v)", path, os.WriteFile(path, []byte(s.Log()), 0o600))
		}
	})
}

// address is a free address of this machine: the agent keeps it, whatever
// becomes of it.
func address(t *testing.T) string { return fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)) }

// told counts how often each attempt has begun, as its model itself tells it. A
// pipe can be written to on a mount that is read-only.
type told struct {
	mu    sync.Mutex
	begun map[string]int
}

func listen(t *testing.T, path string) *told {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { // whatever the umask
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // open for writing too: it never ends
	if err != nil {
		t.Fatal(err)
	}
	all := &told{begun: map[string]int{}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			all.mu.Lock()
			all.begun[lines.Text()]++
			all.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = pipe.Close()
		<-ended
	})
	return all
}
