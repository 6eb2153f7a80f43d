package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/receive"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/schedule"
)

// Counters counts what the verbs tell of. A call costs less than a microsecond
// and waits for nobody. It is made by [NewCounters].
type Counters struct {
	peers        func() []config.Peer
	destinations func() config.Destinations
	flows        names // bounds the flows
	models       names // bounds the pairs of flow and model
	blocks       names // bounds the notify blocks

	associations, rejections, contexts, received, bytes, refused *prometheus.CounterVec
	matched, verdicts                                            *prometheus.CounterVec
	finished, attempts, retries                                  *prometheus.CounterVec
	tries, sent, messages                                        *prometheus.CounterVec
	waits, durations                                             *prometheus.HistogramVec
	commits                                                      *prometheus.HistogramVec
}

// NewCounters returns counters for a site with the peers and destinations that
// it has at each moment.
func NewCounters(peers func() []config.Peer, destinations func() config.Destinations) *Counters {
	return &Counters{
		peers: peers, destinations: destinations, flows: names{most: mostFlows}, models: names{most: mostModels}, blocks: names{most: mostBlocks},
		associations: newCounter(associations), rejections: newCounter(rejections), contexts: newCounter(contexts),
		received: newCounter(received), bytes: newCounter(bytes), refused: newCounter(refused),
		matched: newCounter(matched), verdicts: newCounter(verdicts),
		finished: newCounter(finished), attempts: newCounter(attempts), retries: newCounter(retries),
		tries: newCounter(tries), sent: newCounter(sent), messages: newCounter(messages),
		waits:     newHistogram(waits, prometheus.ExponentialBuckets(0.1, 4, 9)), // to two hours
		durations: newHistogram(durations, []float64{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400}),
		commits:   newHistogram(commits, prometheus.ExponentialBuckets(0.0005, 2, 12)), // to a second
	}
}

func newCounter(m metric) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.name, Help: m.help}, m.labels)
}

func newHistogram(m metric, buckets []float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.name, Help: m.help, Buckets: buckets}, m.labels)
}

// collect tells what was counted.
func (c *Counters) collect(to chan<- prometheus.Metric) {
	for _, counters := range []*prometheus.CounterVec{
		c.associations, c.rejections, c.contexts, c.received, c.bytes, c.refused, c.matched, c.verdicts,
		c.finished, c.attempts, c.retries, c.tries, c.sent, c.messages,
	} {
		counters.Collect(to)
	}
	for _, histograms := range []*prometheus.HistogramVec{c.waits, c.durations, c.commits} {
		histograms.Collect(to)
	}
}

// prepare has counters begin at 0 for what the site names: from a counter that
// appears with its first event, no rate can be told.
func (c *Counters) prepare(flows []string) {
	for _, peer := range c.peers() {
		if !peer.Deny {
			c.associations.WithLabelValues(peer.Name)
			c.received.WithLabelValues(peer.Name)
			c.bytes.WithLabelValues(peer.Name)
		}
	}
	for _, d := range c.destinations() {
		c.sent.WithLabelValues(d.Name)
		for _, state := range []run.DeliveryState{run.DeliverySent, run.DeliveryFailed, run.DeliveryPending} {
			c.tries.WithLabelValues(d.Name, string(state))
		}
	}
	for _, name := range flows {
		flow := c.flows.bounded(name)
		c.verdicts.WithLabelValues(flow, string(decide.Matched))
		for _, state := range []run.State{run.Done, run.Failed} {
			c.finished.WithLabelValues(flow, string(state))
		}
	}
}

// Accepted counts an association that was accepted.
func (c *Counters) Accepted(a *dimse.Association) {
	peer := c.peer(access.SenderOf(a.CallingAE, a.CalledAE, a.RemoteAddr))
	c.associations.WithLabelValues(peer).Inc()
	if n := len(a.Refused); n > 0 {
		c.contexts.WithLabelValues(peer).Add(float64(n))
	}
}

// Rejected counts an association that was rejected, or a connection that came to
// none. It is [dimse.Server]'s hook.
func (c *Counters) Rejected(rq *dimse.AssociateRequest, reason string) {
	peer := c.peer(access.SenderOf(rq.CallingAE, rq.CalledAE, rq.RemoteAddr))
	c.rejections.WithLabelValues(peer, rejection(reason)).Inc()
}

// rejection is the reason of a rejection without the words behind it, which name
// titles and addresses.
func rejection(text string) string {
	result, rest, _ := strings.Cut(text, ": ")
	if result != "permanent" && result != "transient" {
		return "no association"
	}
	reason, _, _ := strings.Cut(rest, ": ")
	return reason
}

// Receiving returns what counts the objects of a sender. It is
// [receive.Receiver]'s hook.
func (c *Counters) Receiving(sender run.Sender) receive.Counted {
	peer := c.peer(sender)
	received, bytes := c.received.WithLabelValues(peer), c.bytes.WithLabelValues(peer)
	return func(size int64, status dimse.Status) {
		if status.Failure() {
			class, _, _ := strings.Cut(status.String(), " ")
			c.refused.WithLabelValues(peer, class).Inc()
			return
		}
		received.Inc()
		bytes.Add(float64(size))
	}
}

// Matched counts an arrival that was matched. It is [match.Matcher]'s hook.
func (c *Counters) Matched(state run.ArrivalState, results []*decide.Result) {
	c.matched.WithLabelValues(string(state)).Inc()
	for _, r := range results {
		c.verdicts.WithLabelValues(c.flows.bounded(r.Flow), string(r.Verdict)).Inc()
	}
}

// Tried counts a try of a delivery. It is [deliver.Deliverer]'s hook.
func (c *Counters) Tried(delivery run.Delivery, state run.DeliveryState, objects int) {
	destination := c.destination(delivery.Destination.Name)
	c.tries.WithLabelValues(destination, string(state)).Inc()
	if state.Final() {
		c.sent.WithLabelValues(destination).Add(float64(objects))
	}
}

// Told counts a message that has ended, by the name of its notify block. It is
// [notify.Notifier]'s hook.
func (c *Counters) Told(notify string, state run.MessageState) {
	c.messages.WithLabelValues(c.blocks.bounded(notify), string(state)).Inc()
}

// Committed counts a commit of the database. It is [state.DB]'s hook.
func (c *Counters) Committed(took time.Duration) { c.commits.WithLabelValues().Observe(took.Seconds()) }

// Began is of [schedule.Watch].
func (c *Counters) Began(of schedule.Model, waited time.Duration) {
	c.waits.WithLabelValues(c.flows.bounded(of.Flow)).Observe(waited.Seconds())
}

// Ended is of [schedule.Watch].
func (c *Counters) Ended(of schedule.Model, attempt run.Attempt, end run.Ending) {
	flow, model := c.model(of)
	c.attempts.WithLabelValues(flow, model, attempt.Executor, outcome(end)).Inc()
	if !end.Exit.Started.IsZero() && !end.Exit.Finished.Before(end.Exit.Started) {
		c.durations.WithLabelValues(flow, model).Observe(end.Exit.Finished.Sub(end.Exit.Started).Seconds())
	}
}

// outcome is how an attempt ended, in a word of a few.
func outcome(end run.Ending) string {
	switch {
	case end.Reason == "":
		return "succeeded"
	case end.Rejected, end.Exit.Succeeded(): // also what it wrote
		return "rejected"
	}
	return end.Exit.Reason.String()
}

// Again is of [schedule.Watch].
func (c *Counters) Again(of schedule.Model, infrastructure bool) {
	flow, model := c.model(of)
	cause := "task"
	if infrastructure {
		cause = "infrastructure"
	}
	c.retries.WithLabelValues(flow, model, cause).Inc()
}

// Finished is of [schedule.Watch].
func (c *Counters) Finished(flow string, state run.State) {
	if state == run.Sending {
		state = run.Done
	}
	c.finished.WithLabelValues(c.flows.bounded(flow), string(state)).Inc()
}
