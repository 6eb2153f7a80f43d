package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A task that has the host's network reaches the agent's port, and is refused there
// without a token: as a process of the host, and in a container that the site lets
// have that network. The command line still works, by the socket.
func TestTasksOnTheHostsNetworkNeedAToken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, executor, model string
	}{
		{"a process", testenv.Process(1), `{image: any, command: [bash, -c, 'exec 3<>/dev/tcp/127.0.0.1/PORT; printf "GET /v1/runs HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3; head -1 <&3']}`},
		{"a container", strings.Replace(testenv.Docker(t, 1), "{ cpus = 1 }", "{\n cpus = 1\n allow = [\"network\"]\n}", 1),
			`{image: "busybox:latest", pull_before_exec: false, options: {network: host}, command: [sh, -c, 'wget -S -O - http://localhost:PORT/v1/runs 2>&1; true']}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := programs.NewSite(t, test.executor)
			site.StartProgram()
			site.Logs("pages and API over loopback need a token or a login", "agent.sock")
			_, port, _ := strings.Cut(strings.TrimPrefix(site.HTTP(), "http://"), ":")
			site.Flow("asks", fmt.Sprintf("triggers: [{Modality: CT}]\nmodels: [%s]\n", strings.ReplaceAll(test.model, "PORT", port)))
			testenv.Until(t, "the flow", func() (bool, string) {
				_, out := cli(t, site, "flow", "list")
				return strings.Contains(out, "asks"), out
			})
			site.Send(testenv.Write(t, testenv.Series(1)...)...)
			r := site.Ended("asks", run.Done)
			if code, out := cli(t, site, "logs", string(r.ID)); code != 0 || !strings.Contains(out, "401 Unauthorized") || strings.Contains(out, "200 OK") {
				t.Errorf("the task was answered:\n%s", out)
			}
		})
	}
}
