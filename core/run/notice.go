package run

import (
	"strings"
	"time"
)

// NoticeKind says what kind of thing people are told.
type NoticeKind string

// The kinds of notices.
const (
	NoticeFailed    NoticeKind = "failed"
	NoticeHeld      NoticeKind = "held"
	NoticeRecovered NoticeKind = "recovered"
	NoticeDigest    NoticeKind = "digest"
)

// NoticeKinds returns all kinds of notices.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{NoticeFailed, NoticeHeld, NoticeRecovered, NoticeDigest}
}

// Things that notices are about, beside those that events are about.
const OfDestination Kind = "destination"

// Subject is what a notice is about: its kind and its name or id.
type Subject struct {
	Thing Kind
	Name  string
}

// String is the subject in one word, such as "flow/lungs".
func (s Subject) String() string { return string(s.Thing) + "/" + s.Name }

// ParseSubject reads what [Subject.String] returned.
func ParseSubject(text string) Subject {
	thing, name, _ := strings.Cut(text, "/")
	return Subject{Kind(thing), name}
}

// Notice is one thing that people are told. Its JSON is a part of the message's,
// which docs/notify.md describes.
type Notice struct {
	Kind        NoticeKind `json:"kind"`
	Thing       Kind       `json:"thing"` // flow, executor, destination, arrival or run
	Name        string     `json:"name"`  // of that, or its id
	At          time.Time  `json:"at"`
	Text        string     `json:"text"` // all of it in a sentence
	Reason      string     `json:"reason"`
	State       string     `json:"state"` // that the thing is in
	Flow        string     `json:"flow,omitempty"`
	Version     string     `json:"version,omitempty"`
	Owner       string     `json:"owner,omitempty"` // as the flow names it
	Run         ID         `json:"run,omitempty"`
	Task        string     `json:"task,omitempty"`
	Destination string     `json:"destination,omitempty"`
	// Since is when it was told that the subject failed or is held, and Count how many
	// more there were of it since: of one that recovered, or fails again.
	Since *time.Time `json:"since,omitempty"`
	Count int        `json:"count,omitempty"`
	URL   string     `json:"url,omitempty"`
	// Patient is the pseudonym of a run's patient, where the site says that people
	// are told.
	Patient string `json:"patient,omitempty"`
}

// Subject is what the notice is about.
func (n Notice) Subject() Subject { return Subject{n.Thing, n.Name} }

// WaitingNotice is a notice that is in no message yet.
type WaitingNotice struct {
	ID     int64  // 0: it is not recorded yet
	Notify string // the name of the site's block
	Owner  string // the address of a flow's owner whom it is for; "": it is for the block's recipients
	Notice
}

// Trouble is what has failed or is held, and has not recovered since a block's
// recipients were told.
type Trouble struct {
	Notify  string
	Subject Subject
	Kind    NoticeKind // failed or held
	Owner   string     // the address of the flow's owner who was told, too
	Since   time.Time
	Told    time.Time // when there was a notice last
	More    int       // how often it failed since then
}

// MessageState is the state of a message.
type MessageState string

// States of a message. Meaning says in a sentence what each is.
const (
	MessagePending MessageState = "pending"
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed"
)

var messageStates = table[MessageState]{
	{MessagePending, "It waits for its first or next try.", []MessageState{MessageSent, MessageFailed}},
	{MessageSent, "The server took it.", nil},
	{MessageFailed, "The server refused it for good, or its time was over.", nil},
}

// MessageStates returns all states of a message, in the order of its life.
func MessageStates() []MessageState { return messageStates.all() }

// Thing names what has such a state, as its table in the database does.
func (MessageState) Thing() string { return "message" }

// Meaning says what the state means to an operator; "" for an unknown state.
func (s MessageState) Meaning() string { return messageStates.of(s).meaning }

// Next returns the states that may follow.
func (s MessageState) Next() []MessageState { return messageStates.of(s).next }

// Before returns the states that this one may follow.
func (s MessageState) Before() []MessageState { return messageStates.before(s) }

// Message is what is sent to one recipient.
type Message struct {
	ID        string // a UUID: it is the same at each try
	Notify    string // the name of the site's block
	Owner     string // as in [WaitingNotice]
	Recipient string // an email address; "": the block's webhook
	State     MessageState
	Created   time.Time
	Since     time.Duration // the same by the clock of running
	Tries     int
	NextTry   time.Time
	Reason    string // why the last try did not succeed
	Finished  time.Time
	Content   MessageContent
}

// NewMessageID mints a message's id.
func NewMessageID() string { return uuid() }

// MessageContent is what a message says. Its JSON is what webhooks get, and is
// described in docs/notify.md; templates have the same fields by their Go names.
type MessageContent struct {
	Version   int       `json:"version"` // of this form: 1
	ID        string    `json:"id"`      // of the message
	Kind      string    `json:"kind"`    // events, digest or test
	Site      string    `json:"site"`
	Notify    string    `json:"notify"` // the name of the site's block
	Time      time.Time `json:"time"`
	Title     string    `json:"title"` // what it says, on one line
	URL       string    `json:"url,omitempty"`
	Events    []Notice  `json:"events"`
	NotListed int       `json:"not_listed"` // how many more events there were
	Digest    *Digest   `json:"digest,omitempty"`
}

// Digest is how a site was during a day, and is.
type Digest struct {
	From          time.Time    `json:"from"`
	To            time.Time    `json:"to"`
	Flows         []FlowDigest `json:"flows"`
	Undelivered   int          `json:"undelivered"`                // deliveries that have not ended
	OldestSeconds int64        `json:"oldest_undelivered_seconds"` // how long the oldest of them is tried
	HeldArrivals  int          `json:"held_arrivals"`
	HeldRuns      int          `json:"held_runs"`
	Troubles      []string     `json:"troubles"` // what has failed or is held and has not recovered
	// DiskDaysLeft is in how many days the disk is full to its reserve; 0: it is, or will
	// be within a day; null: unknown.
	DiskDaysLeft *int   `json:"disk_days_left"`
	DiskFree     uint64 `json:"disk_free_bytes"`
}

// DiskNearlyFull reports whether the disk is full to its reserve, or will be within a
// day.
func (d *Digest) DiskNearlyFull() bool { return d.DiskDaysLeft != nil && *d.DiskDaysLeft <= 0 }

// FlowDigest counts the runs of a flow that were made during a day, by how they are
// now.
type FlowDigest struct {
	Flow   string `json:"flow"`
	Done   int    `json:"done"`
	Failed int    `json:"failed"`
	Other  int    `json:"other"` // open or canceled
}

// DigestDue is when a block's next digest is due, and from when on it counts.
type DigestDue struct{ From, Due time.Time }

// Told is what people have been told, and what waits to be.
type Told struct {
	Seq      int64 // of the last event that was looked at; -1: none was ever
	Troubles []Trouble
	Notices  []WaitingNotice
	Digests  map[string]DigestDue // by block
	// Recent counts, by block and owner as in [WaitingNotice], the messages about
	// events of the time that rates are counted in.
	Recent map[[2]string]int
}

// Telling is what is recorded of one look: all of it or nothing.
type Telling struct {
	Seq       int64
	Notices   []WaitingNotice      // new
	Dropped   []int64              // notices that are in a message now, or need not be told
	Troubles  []Trouble            // new or changed
	Recovered []Trouble            // that are none any more
	Digests   map[string]DigestDue // changed; the zero value: removed
	Messages  []Message            // new
}

// MessageEnd is the end of one try at a message.
type MessageEnd struct {
	ID     string
	State  MessageState // pending: it is tried again
	Reason string
	Next   time.Time
	At     time.Time
}
