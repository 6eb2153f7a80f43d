package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// sendEmail sends a message by SMTP; nil: the server has it.
func sendEmail(ctx context.Context, to config.Email, m run.Message) *Refusal {
	letter, err := letterOf(to, m)
	if err != nil {
		return &Refusal{Why: problem.Error{Op: "write the email", Cause: err}, Final: true}
	}
	client, refused := newMailer(to)
	if refused != nil {
		return refused
	}
	ctx, cancel := context.WithTimeout(ctx, 4*to.Timeout) // each step has its own
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return client.notConnected(ctx, err)
	}
	err = client.Send(letter)
	_ = client.Close() // the message is there, or it is known that it is not
	if err == nil || letter.IsDelivered() {
		return nil
	}
	return client.refused(ctx, err)
}

// letterOf writes a message as an email. It has the same Message-ID at each try.
func letterOf(to config.Email, m run.Message) (*mail.Msg, error) {
	subject, body, err := render(to, m.Content)
	if err != nil {
		return nil, err
	}
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(letter.From(to.From), letter.To(m.Recipient)); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(to.From, "@")
	letter.SetMessageIDWithValue(m.ID + "@" + domain)
	letter.SetDateWithValue(m.Content.Time)
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's robot answers it
	letter.Subject(subject)
	letter.SetBodyString(mail.TypeTextPlain, body)
	return letter, nil
}

// mailer is a client that gives up on a silent server.
type mailer struct {
	*mail.Client
	to      config.Email
	login   *login
	dialed  bool // the connection was made, with TLS if it begins with it
	greeted net.Conn
}

func newMailer(to config.Email) (*mailer, *Refusal) {
	secured, err := access.ClientTLS(&to.TLS)
	if err != nil {
		return nil, &Refusal{Why: problem.Error{Op: "email", Cause: err, Advice: "see ca_file"}, Slow: true, Server: true}
	}
	secured.ServerName = cmp.Or(to.TLS.ServerName, to.Host)
	m := &mailer{to: to}
	options := []mail.Option{mail.WithPort(to.Port), mail.WithTimeout(to.Timeout), mail.WithTLSConfig(secured), mail.WithoutNoop()}
	dialer := &net.Dialer{Timeout: to.Timeout}
	switch to.Security {
	case config.StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case config.ImplicitTLS:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	options = append(options, mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		m.dialed, m.greeted = true, conn
		// The client sets no deadline before the server has answered its greeting.
		_ = conn.SetDeadline(time.Now().Add(to.Timeout)) // a connection of which it fails is broken anyway
		if to.Security != config.ImplicitTLS {
			return conn, nil
		}
		client := tls.Client(conn, secured)
		if err := client.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return client, nil
	}))
	if to.Username != "" {
		password, err := readSecret("password_file", to.Password)
		if err != nil {
			return nil, err
		}
		m.login = &login{host: to.Host, username: to.Username, password: password}
		options = append(options, mail.WithSMTPAuthCustom(m.login))
	}
	if m.Client, err = mail.NewClient(to.Host, options...); err != nil {
		return nil, &Refusal{Why: problem.Error{Op: "email", Cause: err}, Slow: true, Server: true}
	}
	return m, nil
}

func (m *mailer) server() string { return net.JoinHostPort(m.to.Host, strconv.Itoa(m.to.Port)) }

// notConnected says why no session with the server came about.
func (m *mailer) notConnected(ctx context.Context, err error) *Refusal {
	if m.greeted != nil {
		_ = m.greeted.Close() // the client leaves it open
	}
	r := &Refusal{Why: problem.Error{Op: "mail server", Object: m.server(), Cause: err}, Server: true}
	var answered *textproto.Error
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		r.Slow, r.Why.Cause, r.Why.Advice = true, fmt.Errorf("its certificate is not trusted: %w", untrusted.Err), "see ca_file and server_name"
	case m.login != nil && m.login.begun && errors.As(err, &answered):
		r.Slow, r.Why.Op, r.Why.Advice = true, "login refused by mail server", "see username and password_file"
	case m.login != nil && errors.Is(err, errNoLogin):
		r.Slow, r.Why.Advice = true, "see username"
	case errors.As(err, &answered) && answered.Code >= 500:
		r.Slow = true
	case strings.Contains(err.Error(), "STARTTLS"):
		r.Slow, r.Why.Advice = true, `see tls: "tls" where the port begins with TLS, "none" for a server without it`
	case isTimeout(ctx, err):
		r.Why.Cause = fmt.Errorf("no answer in %s", m.to.Timeout)
	}
	return r
}

// loginCodes are the answers of a server that wants another login, or one at all
// (RFC 4954 §6).
var loginCodes = []int{530, 534, 535, 538}

// tooLarge is the answer of a server that takes no message of that size.
const tooLarge = 552

// relaying is in the answer of a server that does not pass mail on for this host. It has
// no code of its own: 550, 553 and 554 are used.
var relaying = regexp.MustCompile(`(?i)\brelay`)

// refused says why the server did not take the message.
func (m *mailer) refused(ctx context.Context, err error) *Refusal {
	r := &Refusal{Why: problem.Error{Op: "mail server", Object: m.server(), Cause: err}}
	var sent *mail.SendError
	if errors.As(err, &sent) {
		text, _, _ := strings.Cut(sent.Error(), ", affected ") // the recipient has a column of its own
		r.Why.Cause = errors.New(text)
		switch code := sent.ErrorCode(); {
		case code == 0: // the connection broke
			r.Server = true
		case slices.Contains(loginCodes, code):
			r.Slow, r.Server, r.Why.Advice = true, true, "see username and password_file"
		case code >= 500 && relaying.MatchString(text):
			r.Slow, r.Why.Advice = true, "see host, username and password_file, or have the mail server relay for this host"
		case sent.Reason == mail.ErrSMTPMailFrom && code != tooLarge: // no other message of the block would be taken, either
			r.Server = true
			if code >= 500 {
				r.Slow, r.Why.Advice = true, "see from, host and username"
			}
		case code >= 500:
			r.Final = true
		}
	}
	if r.Server && isTimeout(ctx, err) || strings.Contains(err.Error(), "i/o timeout") {
		r.Why.Cause = fmt.Errorf("no answer in %s", m.to.Timeout)
	}
	return r
}

func isTimeout(ctx context.Context, err error) bool {
	var net net.Error
	return ctx.Err() != nil || errors.As(err, &net) && net.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)
}

// readSecret reads what a file holds.
func readSecret(setting, path string) (string, *Refusal) {
	text, err := os.ReadFile(path)
	secret := strings.TrimSpace(string(text))
	if err == nil && secret == "" {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return "", &Refusal{Why: problem.Error{Op: setting, Cause: err, Advice: "write the secret into it, readable by the agent's user"}, Slow: true, Server: true}
	}
	return secret, nil
}

var errNoLogin = errors.New("it offers neither PLAIN nor LOGIN to log in with")

// login logs in by PLAIN (RFC 4616) or LOGIN, whichever the server has, over TLS or on
// this host.
type login struct {
	host, username, password string
	begun                    bool
	chosen                   smtp.Auth
}

// Start implements [smtp.Auth].
func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		l.chosen = smtp.PlainAuth("", l.username, l.password, l.host, false)
	case slices.Contains(server.Auth, "LOGIN"):
		l.chosen = smtp.LoginAuth(l.username, l.password, l.host, false)
	default:
		return "", nil, errNoLogin
	}
	l.begun = true
	return l.chosen.Start(server)
}

// Next implements [smtp.Auth].
func (l *login) Next(from []byte, more bool) ([]byte, error) { return l.chosen.Next(from, more) }
