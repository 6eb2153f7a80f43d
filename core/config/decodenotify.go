package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

const notifyExample = `notify "physicist" { … }`

func (d *decoder) notify(p lang.Pair, s *Site) {
	if !d.labels(p, 1, 1, notifyExample) {
		return
	}
	n := Notify{
		Name: p.Labels[0].Text, On: []run.NoticeKind{run.NoticeFailed, run.NoticeHeld, run.NoticeRecovered},
		Window: time.Minute, Hourly: 12, Listed: 20, RemindAfter: 24 * time.Hour, DigestAt: 7 * time.Hour, GiveUpAfter: 24 * time.Hour,
		RetryMin: 30 * time.Second, RetryMax: 30 * time.Minute,
	}
	if _, twice := s.Notify.Named(n.Name); twice {
		d.Errorf(p.Labels[0].Range, "give each a name of its own", "there are two notify blocks %s", n.Name)
	}
	if strings.ContainsFunc(n.Name, func(c rune) bool { return c < ' ' || c == '/' }) {
		d.Errorf(p.Labels[0].Range, "write "+notifyExample, "the name of a notify block has no slashes and control characters")
	}
	prefix := envPrefix + "NOTIFY_" + variableName(n.Name) + "_"
	ofSite, sitePlace := at(d.truth("site", &n.Site))
	flows, flowsPlace := at(d.patterns("flows", &n.Flows))
	d.settings(p.Value, "a notify block", prefix, []setting{
		d.kinds("on", &n.On), flows, ofSite,
		d.truth("patient_data", &n.PatientData),
		d.duration("window", &n.Window),
		d.number("hourly", 1, 3600, &n.Hourly),
		d.number("listed", 1, 500, &n.Listed),
		d.duration("remind_after", &n.RemindAfter),
		d.duration("retry_min", &n.RetryMin), d.duration("retry_max", &n.RetryMax),
		d.timeOfDay("digest_at", &n.DigestAt),
		d.duration("give_up_after", &n.GiveUpAfter),
	},
		block{"email", func(p lang.Pair) { n.Email = d.email(p, prefix+"EMAIL_") }},
		block{"webhook", func(p lang.Pair) { n.Webhook = d.webhook(p, prefix+"WEBHOOK_") }},
	)
	if sitePlace.Source == nil {
		n.Site = len(n.Flows) == 0
	}
	switch {
	case n.Email == nil && n.Webhook == nil:
		d.Errorf(p.At, "add email { … } or webhook { … }", "notify %s says neither email nor webhook: nobody would be told", n.Name)
	case n.Email != nil && n.Webhook != nil:
		d.Errorf(p.At, "make two blocks of it", "notify %s says email and webhook", n.Name)
	}
	n.FlowsAt = *flowsPlace
	s.Notify = append(s.Notify, n)
}

// MissingFlows warns of flows that notify blocks name, and that are none of these.
func (s *Site) MissingFlows(names []string) (found lang.Diagnostics) {
	for _, n := range s.Notify {
		for _, pattern := range n.Flows {
			one := Notify{Flows: []string{pattern}}
			if !slices.ContainsFunc(names, one.OfFlow) {
				found.Warnf(n.FlowsAt, suggest.Hint(pattern, names, "write the name of a flow, or a pattern such as \"lung-*\""),
					"notify %s names flow %q, and there is none", n.Name, pattern)
			}
		}
	}
	return found
}

func (d *decoder) email(p lang.Pair, prefix string) *Email {
	e := &Email{Security: StartTLS, Timeout: 30 * time.Second}
	from, subject, body := d.text("from", &e.From, isAddress), d.template("subject", &e.SubjectIs), d.template("body", &e.BodyIs)
	security, place := at(d.oneOf("tls", &e.Security, StartTLS, ImplicitTLS, NoTLS))
	d.settings(p.Value, "email", prefix, []setting{
		d.addresses("to", &e.To), d.truth("owner", &e.Owner), from, subject, body, security,
		d.text("host", &e.Host, notEmpty),
		d.number("port", 1, 65535, &e.Port),
		d.path("ca_file", &e.TLS.CAFile), d.text("server_name", &e.TLS.ServerName, notEmpty),
		d.text("username", &e.Username, notEmpty), d.secret("password_file", &e.Password),
		d.duration("timeout", &e.Timeout),
	})
	if e.Port == 0 {
		e.Port = map[string]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}[e.Security]
	}
	for _, missing := range []struct {
		is   bool
		what string
	}{{len(e.To) == 0, "to"}, {e.From == "", "from"}, {e.Host == "", "host"}} {
		if missing.is {
			d.Errorf(p.At, `such as to = ["physicist@example.org"], from = "raddeploy@example.org", host = "mail.example.org"`, "email needs %s", missing.what)
		}
	}
	if (e.Username == "") != (e.Password == "") {
		d.Errorf(p.At, "give both or none", "username needs password_file")
	}
	if e.Security == NoTLS && e.Username != "" && !isLoopbackHost(e.Host) {
		where := p.At
		if place.Source != nil {
			where = *place
		}
		d.Errorf(where, `write tls = "starttls" or tls = "tls"`, "the password would travel in the clear")
	}
	return e
}

func (d *decoder) webhook(p lang.Pair, prefix string) *Webhook {
	w := &Webhook{Timeout: 30 * time.Second}
	d.settings(p.Value, "webhook", prefix, []setting{
		d.text("url", &w.URL, isHook), d.secret("token_file", &w.Token), d.secret("secret_file", &w.Secret),
		d.path("ca_file", &w.TLS.CAFile), d.path("cert_file", &w.TLS.CertFile), d.path("key_file", &w.TLS.KeyFile),
		d.duration("timeout", &w.Timeout),
	})
	if w.URL == "" {
		d.Errorf(p.At, `give url, such as "https://chat.example.org/hooks/raddeploy"`, "webhook has no url")
	}
	if (w.TLS.CertFile == "") != (w.TLS.KeyFile == "") {
		d.Errorf(p.At, "give both or none", "a certificate needs its key")
	}
	return w
}

// kinds reads what is told of.
func (d *decoder) kinds(name string, to *[]run.NoticeKind) setting {
	var known []string
	for _, kind := range run.NoticeKinds() {
		known = append(known, string(kind))
	}
	return setting{name: name, list: true, read: func(n *lang.Node, what string) {
		*to = nil
		for _, item := range items(n) {
			word, ok := d.Text(item, "each entry of "+what)
			if ok && !slices.Contains(known, word) {
				d.Errorf(item.Range, suggest.Hint(word, known, "what there is: "+strings.Join(known, ", ")), "%s has to name what is told of, and %q is not among it", what, word)
			}
			*to = append(*to, run.NoticeKind(word))
		}
	}}
}

// items are the entries of a list, or the one that stands for a list.
func items(n *lang.Node) []*lang.Node {
	if n.Kind == lang.List {
		return n.Items
	}
	return []*lang.Node{n}
}

func (d *decoder) addresses(name string, to *[]string) setting {
	return setting{name: name, list: true, read: func(n *lang.Node, what string) {
		*to = nil
		for _, item := range items(n) {
			text, ok := d.Text(item, "each entry of "+what)
			if ok && isAddress(text) != nil {
				d.Errorf(item.Range, `write it as "physicist@example.org"`, "%q is not an email address", text)
			}
			*to = append(*to, text)
		}
	}}
}

func isAddress(s string) error {
	if address, err := mail.ParseAddress(s); err != nil || address.Address != s {
		return fmt.Errorf("%q is not an email address such as raddeploy@example.org", s)
	}
	return nil
}

// isHook takes where a webhook may be: in the clear only on this host.
func isHook(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "":
		return errors.New("this is not a URL such as https://chat.example.org/hooks/raddeploy")
	case u.User != nil:
		return errors.New("a password does not stand in the URL; use token_file")
	case u.Scheme == "http" && !isLoopbackHost(u.Hostname()):
		return errors.New("without TLS a webhook has to be on this host: write https")
	}
	return nil
}

// patterns reads names of flows, with wild characters.
func (d *decoder) patterns(name string, to *[]string) setting {
	return setting{name: name, list: true, read: func(n *lang.Node, what string) {
		*to = nil
		for _, item := range items(n) {
			text, ok := d.Text(item, "each entry of "+what)
			if _, err := path.Match(text, ""); ok && err != nil {
				d.Errorf(item.Range, `write a name, or a pattern such as "lung-*"`, "%q is not a pattern", text)
			}
			*to = append(*to, text)
		}
	}}
}

// secret reads the name of a file that has a secret. One that is missing keeps no
// agent from its patients: it is a warning.
func (d *decoder) secret(name string, to *string) setting {
	s := d.path(name, to)
	read := s.read
	s.read = func(n *lang.Node, what string) {
		read(n, what)
		const advice = "write the secret into that file, readable by the agent's user alone; messages wait until it is there"
		if text, err := os.ReadFile(*to); err != nil {
			d.Warnf(n.Range, advice, "%s cannot be read: %v", what, err)
		} else if strings.TrimSpace(string(text)) == "" {
			d.Warnf(n.Range, advice, "%s %s is empty", what, *to)
		}
	}
	return s
}

// timeOfDay reads hours and minutes.
func (d *decoder) timeOfDay(name string, to *time.Duration) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		s, ok := d.Text(n, what)
		if !ok {
			return
		}
		t, err := time.Parse("15:04", s)
		if err != nil {
			d.Errorf(n.Range, `write hours and minutes, such as "07:00"`, "%s has to be a time of day, and %q is not", what, s)
			return
		}
		*to = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}}
}

func (d *decoder) template(name string, to *string) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		s, ok := d.Text(n, what)
		if !ok {
			return
		}
		if err := checkTemplate(s); err != nil {
			d.Errorf(n.Range, "see Templates in docs/notify.md", "%s is not a template: %v", what, err)
			return
		}
		*to = s
	}}
}
