package e2e_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// startSyslog starts rsyslog, which writes what it receives by TLS to a file.
func startSyslog(t *testing.T, dir, port string) (stop func()) {
	t.Helper()
	config := filepath.Join(dir, "rsyslog.conf")
	text := fmt.Sprintf(`global(workDirectory="%[1]s" maxMessageSize="64k" defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="%[1]s/agent.crt" defaultNetstreamDriverCertFile="%[1]s/agent.crt" defaultNetstreamDriverKeyFile="%[1]s/agent.key")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" port="%[2]s" address="127.0.0.1")
template(name="all" type="string" string="%%pri%% %%app-name%% %%msgid%% %%msg%%\n")
action(type="omfile" file="%[1]s/received" template="all")
`, dir, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(testenv.Tool(t, "rsyslogd"), "-n", "-f", config, "-i", filepath.Join(dir, "rsyslog.pid"))
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop = func() {
		if !ended {
			ended = true
			_ = command.Process.Signal(syscall.SIGTERM)
			_ = command.Wait()
		}
	}
	t.Cleanup(stop)
	return stop
}

// A syslog server is told what the journal has, however late it comes, and each
// message is one of DICOM's.
func TestAuditBySyslog(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	site := programs.NewSite(t, testenv.Fake(1), fmt.Sprintf(`audit {
  syslog {
    address     = "127.0.0.1:%s"
    ca_file     = "../agent.crt"
    server_name = "localhost"
  }
}`, port))
	certificate(t, site.Dir)
	site.Start()
	if _, err := site.Client().CreateToken(t.Context(), api.TokenOrder{Role: run.Viewer, Name: `<ward "3"> & co`}); err != nil {
		t.Fatal(err)
	}
	received := filepath.Join(site.Dir, "received")
	lines := func() []string {
		text, _ := os.ReadFile(received) // it is not there yet
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	told := func(what string) func() (bool, string) {
		return func() (bool, string) {
			all := lines()
			return strings.Contains(strings.Join(all, "\n"), what), fmt.Sprint(all)
		}
	}
	stop := startSyslog(t, site.Dir, port)
	testenv.Until(t, "the token in the syslog", told("User Security Attributes Changed"))
	stop()
	if _, err := site.Client().Drain(t.Context(), "fake", true, api.Order{}); err != nil {
		t.Fatal(err)
	}
	startSyslog(t, site.Dir, port)
	testenv.Until(t, "the drain in the syslog", told(`ParticipantObjectID="fake"`))
	for _, line := range lines() {
		head, text, _ := strings.Cut(line, "<?xml")
		if !strings.HasPrefix(head, "85 raddeploy DICOM+RFC3881") {
			t.Errorf("a message begins with %q", head)
		}
		var message struct {
			XMLName xml.Name `xml:"AuditMessage"`
			Event   struct {
				Outcome string `xml:"EventOutcomeIndicator,attr"`
			} `xml:"EventIdentification"`
			Participants []struct {
				User string `xml:"UserID,attr"`
			} `xml:"ActiveParticipant"`
		}
		if err := xml.Unmarshal([]byte("<?xml"+text), &message); err != nil || message.Event.Outcome != "0" || len(message.Participants) != 2 || message.Participants[0].User == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
}
