package config

import (
	"net/mail"
	"path"
	"reflect"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
)

// Notify is a block that says whom to tell of what.
type Notify struct {
	Name    string
	Email   *Email   // nil: a webhook
	Webhook *Webhook // nil: email
	On      []run.NoticeKind
	// Flows are names of flows or patterns such as "lung-*"; none: all. Site says
	// whether what belongs to no flow is told, too: executors, arrivals that are held.
	Flows   []string
	Site    bool
	FlowsAt lang.Range // of flows
	// PatientData says that pseudonyms, UIDs and names of files may be told.
	PatientData bool
	Window      time.Duration // for which notices are gathered into one message
	Hourly      int           // the most messages about events in an hour
	Listed      int           // the most events that a message lists
	RemindAfter time.Duration // what goes on failing is told again; 0: it is not
	DigestAt    time.Duration // when a day's digest is due, since midnight
	RetryMin    time.Duration // before the second try; it doubles from try to try
	RetryMax    time.Duration
	GiveUpAfter time.Duration // a message that cannot be sent, in the time that agents run
}

// Email is how messages are sent by SMTP.
type Email struct {
	To        []string
	Owner     bool // to a flow's owner, too, where that is an address
	From      string
	Host      string
	Port      int
	Security  string // starttls, tls or none
	TLS       ClientTLS
	Username  string
	Password  string // the file that holds it
	Timeout   time.Duration
	SubjectIs string // a template; "": the message's title
	BodyIs    string // a template; "": the default one
}

// Webhook is how messages are posted to an HTTP server.
type Webhook struct {
	URL     string
	Token   string // the file with what is sent as a bearer token; "": none is
	Secret  string // the file with the key of a signature; "": there is none
	TLS     ClientTLS
	Timeout time.Duration
}

// How a connection to a mail server is secured.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "tls"
	NoTLS       = "none"
)

// sameNotify compares what blocks say, not where.
func sameNotify(a, b Notify) bool {
	a.FlowsAt, b.FlowsAt = lang.Range{}, lang.Range{}
	return reflect.DeepEqual(a, b)
}

// Tells reports whether a block tells of a kind.
func (n *Notify) Tells(kind run.NoticeKind) bool { return slices.Contains(n.On, kind) }

// OfFlow reports whether a block tells of a flow.
func (n *Notify) OfFlow(name string) bool {
	return len(n.Flows) == 0 || slices.ContainsFunc(n.Flows, func(pattern string) bool {
		ok, _ := path.Match(pattern, name) // the patterns are checked
		return ok || pattern == name
	})
}

// AddressOf is the address of a flow's owner; "": the owner is not one.
func AddressOf(owner string) string {
	address, err := mail.ParseAddress(owner)
	if err != nil {
		return ""
	}
	return address.Address
}

// Notifies are those of a site.
type Notifies []Notify

// Named returns the block of that name.
func (n Notifies) Named(name string) (Notify, bool) {
	i := slices.IndexFunc(n, func(one Notify) bool { return one.Name == name })
	if i < 0 {
		return Notify{}, false
	}
	return n[i], true
}
