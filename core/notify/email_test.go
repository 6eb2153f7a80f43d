package notify

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// mailServer answers commands that begin with a word otherwise than with 250. It returns
// its port.
func mailServer(t *testing.T, answers map[string]string) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = fmt.Fprint(conn, "220 mail.example.org\r\n")
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				word, _, _ := strings.Cut(lines.Text(), " ")
				answer := answers[word]
				if answer == "" {
					answer = "250 ok"
				}
				_, _ = fmt.Fprint(conn, answer+"\r\n")
			}
			_ = conn.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// What the site has to mend is tried again, seldom; what is wrong with the message is not.
func TestNotifyEmailThatTheSiteHasToMend(t *testing.T) {
	for answer, want := range map[string]Refusal{
		"MAIL 530 5.7.0 Authentication required":        {Slow: true, Server: true},
		"RCPT 530 5.7.1 Authentication required":        {Slow: true, Server: true},
		"MAIL 535 5.7.8 Credentials invalid":            {Slow: true, Server: true},
		"MAIL 550 5.7.1 Sender rejected":                {Slow: true, Server: true},
		"MAIL 553 5.1.8 Sender domain unknown":          {Slow: true, Server: true},
		"MAIL 452 4.3.1 Insufficient storage":           {Server: true},
		"MAIL 552 5.3.4 Message too large":              {Final: true},
		"RCPT 554 5.7.1 <a@b.org>: Relay access denied": {Slow: true},
		"RCPT 550 5.7.1 relaying denied":                {Slow: true},
		"RCPT 550 5.1.1 User unknown":                   {Final: true},
		"DATA 554 5.6.0 Spam":                           {Final: true},
		"RCPT 451 4.7.1 Greylisted":                     {},
	} {
		word, says, _ := strings.Cut(answer, " ")
		to := config.Email{From: "raddeploy@example.org", Host: "127.0.0.1", Port: mailServer(t, map[string]string{word: says}), Security: config.NoTLS, Timeout: time.Minute}
		m := run.Message{ID: run.NewMessageID(), Recipient: "a@b.org", Content: run.MessageContent{Kind: "test", Title: "a test"}}
		var got *Refusal
		if err := Send(t.Context(), config.Notify{Email: &to}, m); !errors.As(err, &got) {
			t.Errorf("%s: %v", answer, err)
			continue
		}
		if got.Final != want.Final || got.Slow != want.Slow || got.Server != want.Server || got.Slow != (got.Why.Advice != "") || !contains(got.Error(), says[:3]) {
			t.Errorf("%s: final %t, slow %t, the server's %t: %s", answer, got.Final, got.Slow, got.Server, got)
		}
	}
}
