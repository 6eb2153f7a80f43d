package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/raddeploy/raddeploy/core/fleet"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/run"
)

type collector struct{ Source }

// Describe implements [prometheus.Collector].
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range catalog {
		to <- m.desc()
	}
}

// page is one scrape.
type page struct{ to chan<- prometheus.Metric }

func (p *page) put(m metric, value float64, labels ...string) {
	kind := prometheus.GaugeValue
	if m.kind == counter {
		kind = prometheus.CounterValue
	}
	p.to <- prometheus.MustNewConstMetric(m.desc(), kind, value, labels...)
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	p := &page{to}
	p.put(build, 1, c.Version)
	c.flows(p)
	c.Counters.collect(to)
	c.executors(p)
	c.retention(p)
	c.certificates(p)
	incomplete := 0.0
	for _, read := range []func(context.Context, *page) error{c.backlog, c.contacts, c.disk, c.unsent} {
		if err := read(ctx, p); err != nil {
			c.Logger.Error("cannot read all that is to be scraped", "error", err)
			incomplete = 1
		}
	}
	p.put(failing, incomplete)
}

func (c *collector) flows(p *page) {
	states := make(map[flowset.State]int)
	var names []string
	for _, f := range c.Flows.List() {
		states[f.State]++
		if f.Loaded != nil {
			names = append(names, f.Flow.Name)
		}
	}
	for state, n := range states {
		p.put(flows, float64(n), string(state))
	}
	p.put(flowErrors, float64(len(c.Flows.Errors())))
	c.Counters.prepare(names)
}

func (c *collector) executors(p *page) {
	for _, e := range c.Fleet.Statuses() {
		p.put(healthy, truth(e.Health == fleet.Healthy), e.Instance, e.Plugin)
		p.put(cpus, float64(e.CPUs), e.Instance, e.Plugin)
		p.put(gpus, float64(e.GPUs), e.Instance, e.Plugin)
		p.put(working, float64(e.Tasks), e.Instance)
		p.put(drained, truth(e.Drained != nil), e.Instance)
		p.put(launches, float64(e.Launches), e.Instance)
		if e.GPUs > 0 {
			p.put(devices, float64(e.Devices.Free), e.Instance, "free")
			p.put(devices, float64(e.Devices.Leased), e.Instance, "leased")
			p.put(devices, float64(e.Devices.Stuck), e.Instance, "stuck")
			p.put(devices, float64(e.Devices.Missing), e.Instance, "missing")
		}
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (c *collector) retention(p *page) {
	for _, count := range c.Retention.Counts() {
		p.put(removed, float64(count.Number), string(count.Kind))
		p.put(freed, float64(count.Bytes), string(count.Kind))
	}
	p.put(stuck, float64(c.Retention.Stuck()))
}

func (c *collector) certificates(p *page) {
	if c.Certificates == nil {
		return
	}
	for _, certificate := range c.Certificates() {
		at := 0.0
		if !certificate.Expires.IsZero() {
			at = float64(certificate.Expires.Unix())
		}
		p.put(expires, at, certificate.Of)
	}
}

// backlog tells what is open. A state of which there is none has a 0.
func (c *collector) backlog(ctx context.Context, p *page) error {
	b, err := c.Database.Backlog(ctx)
	if err != nil {
		return err
	}
	for _, state := range []run.ArrivalState{run.ArrivalReceiving, run.ArrivalIncomplete, run.ArrivalComplete} {
		p.put(arrivals, float64(b.Arrivals[state]), string(state))
	}
	heldArrivals, heldRuns := 0, 0
	for _, state := range run.HeldArrivals() {
		heldArrivals += b.Arrivals[state]
	}
	for state, n := range b.Runs {
		if _, waits := state.Held(); waits {
			heldRuns += n
		}
	}
	p.put(held, float64(heldArrivals), "arrivals")
	p.put(held, float64(heldRuns), "runs")
	for _, state := range []run.State{run.Pending, run.Running, run.Sending, run.Canceling} {
		p.put(runs, float64(b.Runs[state]), string(state))
	}
	for _, state := range []run.TaskState{run.TaskPending, run.TaskRunning} {
		p.put(tasks, float64(b.Tasks[state]), string(state))
	}
	since := 0.0
	if !b.OldestPending.IsZero() {
		since = max(0, time.Since(b.OldestPending).Seconds())
	}
	p.put(oldestRun, since)
	c.deliveries(p, b)
	return nil
}

// contacts tells when the site's peers last had associations.
func (c *collector) contacts(ctx context.Context, p *page) error {
	contacts, err := c.Database.LastContacts(ctx)
	if err != nil {
		return err
	}
	last := make(map[string]time.Time)
	for _, contact := range contacts {
		if peer := c.Counters.peer(contact.Sender); peer != other && contact.Last.After(last[peer]) {
			last[peer] = contact.Last
		}
	}
	for peer, at := range last {
		p.put(lastContact, float64(at.UnixMilli())/1000, peer)
	}
	return nil
}

func (c *collector) blocks() []string {
	if c.Notify == nil {
		return nil
	}
	return c.Notify()
}

// unsent tells how many messages to people wait.
func (c *collector) unsent(ctx context.Context, p *page) error {
	pending, err := c.Database.PendingMessagesOf(ctx)
	if err != nil {
		return err
	}
	counts := make(map[string]int)
	for _, block := range c.blocks() {
		counts[c.Counters.blocks.bounded(block)] = 0
		for _, state := range []run.MessageState{run.MessageSent, run.MessageFailed} {
			c.Counters.messages.WithLabelValues(c.Counters.blocks.bounded(block), string(state))
		}
	}
	for block, n := range pending {
		counts[c.Counters.blocks.bounded(block)] += n
	}
	for block, n := range counts {
		p.put(unsent, float64(n), block)
	}
	return nil
}

func (c *collector) disk(_ context.Context, p *page) error {
	p.put(diskReserve, float64(c.Disk.Bytes()))
	free, err := c.Disk.Free()
	if err != nil {
		return err
	}
	p.put(diskFree, float64(free))
	size, err := c.Database.DiskSize()
	if err != nil {
		return err
	}
	p.put(databaseSize, float64(size))
	return nil
}
