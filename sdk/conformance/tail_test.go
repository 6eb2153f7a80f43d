package conformance

import (
	"strings"
	"testing"

	hclog "github.com/hashicorp/go-hclog"
)

func TestLogsAreThePluginsOwnSinceTheCaseBegan(t *testing.T) {
	log := new(tail)
	client := hclog.New(&hclog.LoggerOptions{Name: "plugin", Level: hclog.Debug, Output: log})
	server := client.Named("raddeploy-executor-x")
	server.Info("of another case")
	mark := log.mark()
	client.Debug("starting plugin", "path", "/x")
	client.Debug("using plugin", "version", 1)
	server.Debug("plugin address", "network", "unix")
	server.Debug("configuring server automatic mTLS", "@module", "x")
	server.Debug("asked the backend")
	server.Warn("the backend is slow")
	client.Error("plugin process exited")
	trial := &trial{home: &house{log: log}, marks: map[*tail]int64{log: mark}}
	got := trial.logs()
	for i, pattern := range []string{"asked the backend", "the backend is slow", "plugin process exited"} {
		lines := strings.Split(got, "\n")
		if len(lines) != 3 || !strings.Contains(lines[i], pattern) {
			t.Fatalf("the logs are:\n%s\nwant three lines, of which number %d says %q", got, i+1, pattern)
		}
	}
}
