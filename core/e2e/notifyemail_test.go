package e2e_test

import (
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// emailBlock is a notify block that sends to a server on this host, with further
// settings of email and of the block.
func emailBlock(name, port, email, more string) string {
	return fmt.Sprintf(`notify %q {
  window    = "0s"
  retry_min = "100ms"
  retry_max = "1s"
  %s
  email {
    from    = "raddeploy@example.org"
    host    = "localhost"
    port    = %s
    timeout = "5s"
    %s
  }
}
`, name, more, port, email)
}

// loggingIn are the settings of a server with STARTTLS, of a CA and a login.
const loggingIn = `ca_file = "SITE/agent.crt"
    username = "raddeploy"
    password_file = "SITE/password"`

func secretFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// letter reads a message as a person's program does.
func letter(t *testing.T, text string) (header mail.Header, subject, body string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	from := io.Reader(m.Body)
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		from = quotedprintable.NewReader(from)
	}
	read, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, subject, string(read)
}

// notifications waits until the messages are as they should be.
func notifications(t *testing.T, site *testenv.Site, what string, done func([]api.Notification) bool) []api.Notification {
	t.Helper()
	var all []api.Notification
	testenv.Until(t, what, func() (bool, string) {
		var err error
		if all, err = site.Client().Notifications(t.Context(), 0); err != nil {
			return false, err.Error()
		}
		return done(all), fmt.Sprintf("%+v", all)
	})
	return all
}

// failingFlow fails with a reason that tells of a patient and would be two headers.
const failingFlow = `
owner: "Ada <owner@example.org>"
triggers: [{Modality: CT}]
models: [{image: any, options: {exit: 7, message: "cannot read \"DOE^JOHN.dcm\"\r\nBcc: evil@example.org of 1.2.840.113619.2.55.3"}}]
`

// People are told by a mail server with TLS and logins: once that a flow fails, and
// that it works again. What is refused for good, for now and at first ends as it should,
// and neither a patient nor a header gets in.
func TestNotifyByEmail(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	certificate(t, site.Dir)
	secretFile(t, site.Dir, "password", "right")
	server := testenv.StartMail(t, "starttls", filepath.Join(site.Dir, "agent.crt"), filepath.Join(site.Dir, "agent.key"))
	site.Settings(testenv.Fake(1), emailBlock("physicist", server.Port, loggingIn+`
    to = ["physicist@example.org", "refused@example.org", "later@example.org"]
    owner = true
    subject = "{{range .Events}}{{.Reason}} {{end}}{{.Title}}"`, ""), `http { url = "https://rad.example.org" }`)
	site.Flow("lungs", failingFlow)
	site.Start()
	notifyReady(t, site)
	site.Send(testenv.Write(t, testenv.Object{})...)
	failed := site.Ended("lungs", run.Failed)
	all := notifications(t, site, "every message to have ended", func(all []api.Notification) bool {
		return len(all) == 4 && all[0].Finished != nil && all[1].Finished != nil && all[2].Finished != nil && all[3].Finished != nil
	})
	for _, m := range all {
		want, tries := run.MessageSent, 1
		switch m.Recipient {
		case "refused@example.org":
			want = run.MessageFailed
			mentions(t, m.Reason, "550", "no such mailbox")
		case "later@example.org":
			tries = 2
		}
		if m.State != want || m.Tries != tries || m.Notify != "physicist" || m.Events != 1 {
			t.Errorf("%+v, want %s after %d tries", m, want, tries)
		}
	}
	for _, recipient := range []string{"physicist@example.org", "later@example.org", "owner@example.org"} {
		got := server.Messages(recipient)
		if len(got) != 1 {
			t.Fatalf("%s has %d messages", recipient, len(got))
		}
		header, subject, body := letter(t, got[0])
		if header.Get("Bcc") != "" || header.Get("Auto-Submitted") != "auto-generated" || !strings.HasSuffix(header.Get("Message-Id"), "@example.org>") {
			t.Errorf("headers %v", header)
		}
		mentions(t, subject, "exit code 7", "flow lungs failed (run "+string(failed.ID[:8])+") in task 0")
		mentions(t, body, "flow lungs failed", "exit code 7", "owner: Ada", "https://rad.example.org/ui/runs/"+string(failed.ID))
		for _, never := range []string{"DOE", "1.2.840", failed.Patient} {
			if strings.Contains(got[0]+subject+body, never) {
				t.Errorf("%q is in\n%s\n%s", never, subject, body)
			}
		}
	}
	mentions(t, acts(t, site, 0, "notify", "list"), "refused@example.org", "failed", "no such mailbox")
	mentions(t, acts(t, site, 0, "status"), "1 message not sent", "physicist to refused@example.org")

	// It fails again, which was told, and works again, which is new.
	site.Send(testenv.Write(t, testenv.Object{})...)
	testenv.Until(t, "a second run to fail", func() (bool, string) {
		all := site.Runs("lungs")
		return len(all) == 2 && all[0].State == run.Failed && all[1].State == run.Failed, fmt.Sprint(all)
	})
	site.Flow("lungs", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {copy: true}}]\n")
	testenv.Until(t, "the flow to be mended", func() (bool, string) {
		f, err := site.Client().Flow(t.Context(), "lungs")
		return err == nil && f.Owner == "", fmt.Sprint(f, err)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	testenv.Until(t, "the recovery to be told", func() (bool, string) {
		got := server.Messages("physicist@example.org")
		return len(got) == 2, strings.Join(got, "\n")
	})
	_, subject, body := letter(t, server.Messages("physicist@example.org")[1])
	mentions(t, subject, "flow lungs works again")
	mentions(t, body, "it had failed 1 time since")
}

// notifyReady waits until a notifier has begun: what was before is told to nobody.
func notifyReady(t *testing.T, site *testenv.Site) {
	t.Helper()
	testenv.Until(t, "the notifier to begin", func() (bool, string) {
		return strings.Contains(site.Log(), "tells from now on"), ""
	})
}

// What keeps a mail server from taking messages is said in words, at once by a test and
// in the list, and the message waits until it is mended.
func TestNotifySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	certificate(t, site.Dir)
	secretFile(t, site.Dir, "password", "wrong")
	starttls := testenv.StartMail(t, "starttls", filepath.Join(site.Dir, "agent.crt"), filepath.Join(site.Dir, "agent.key"))
	implicit := testenv.StartMail(t, "tls", filepath.Join(site.Dir, "agent.crt"), filepath.Join(site.Dir, "agent.key"))
	plain := testenv.StartMail(t, "none", filepath.Join(site.Dir, "agent.crt"), filepath.Join(site.Dir, "agent.key"))
	to := "\n    to = [\"physicist@example.org\"]"
	quick := "\n    timeout = \"1s\""
	shut, silent := freePort(t), silentServer(t)
	site.Settings(testenv.Fake(1),
		emailBlock("login", starttls.Port, loggingIn+to, ""),
		emailBlock("implicit", implicit.Port, "tls = \"tls\"\n    "+loggingIn+to, ""),
		emailBlock("untrusted", starttls.Port, `username = "raddeploy"
    password_file = "SITE/password"`+to, ""),
		emailBlock("plain", plain.Port, "tls = \"none\""+to, ""),
		emailBlock("unsecured", plain.Port, loggingIn+to, ""),
		emailBlock("missing", starttls.Port, `ca_file = "SITE/agent.crt"
    username = "raddeploy"
    password_file = "SITE/nowhere"`+to, ""),
		emailBlock("shut", shut, loggingIn+to, ""),
		strings.Replace(emailBlock("silent", silent, loggingIn+to, ""), `timeout = "5s"`, strings.TrimSpace(quick), 1),
	)
	site.Start()
	for name, words := range map[string][]string{
		"login":     {"FAILED", "login refused by mail server localhost:" + starttls.Port, "535", "see username and password_file"},
		"implicit":  {"FAILED", "login refused", "535"},
		"untrusted": {"FAILED", "its certificate is not trusted", "see ca_file and server_name"},
		"unsecured": {"FAILED", "STARTTLS", `"none" for a server without it`},
		"missing":   {"FAILED", "password_file", "no such file"},
		"shut":      {"FAILED", "connection refused"},
		"silent":    {"FAILED", "no answer in 1s"},
	} {
		mentions(t, acts(t, site, 1, "notify", "test", name), words...)
	}
	mentions(t, acts(t, site, 0, "notify", "test", "plain"), "physicist@example.org", "ok", "taken by localhost:"+plain.Port)
	mentions(t, acts(t, site, 4, "notify", "test", "logim"), "did you mean login?")
	if log := site.Log(); strings.Contains(log, "wrong\n") || strings.Contains(log, "physicist@") {
		t.Error("the log has a password or an address")
	}

	// The message waits for the password.
	notifyReady(t, site)
	site.Flow("lungs", failingFlow)
	flowInForce(t, site, "lungs")
	site.Send(testenv.Write(t, testenv.Object{})...)
	notifications(t, site, "a login that was refused", func(all []api.Notification) bool {
		for _, m := range all {
			if m.Notify == "login" && m.State == run.MessagePending && strings.Contains(m.Reason, "login refused") {
				return true
			}
		}
		return false
	})
	secretFile(t, site.Dir, "password", "right")
	testenv.Until(t, "the message after the password was mended", func() (bool, string) {
		return len(starttls.Messages("physicist@example.org")) >= 1 && len(implicit.Messages("physicist@example.org")) >= 1, site.Log()
	})
	mentions(t, acts(t, site, 0, "notify", "test", "login"), "ok")
}

// flowInForce waits until a flow is.
func flowInForce(t *testing.T, site *testenv.Site, name string) {
	t.Helper()
	testenv.Until(t, "the flow to be in force", func() (bool, string) {
		_, err := site.Client().Flow(t.Context(), name)
		return err == nil, fmt.Sprint(err)
	})
}

// silentServer takes connections and says nothing.
func silentServer(t *testing.T) (port string) {
	t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
		}
	}()
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}
