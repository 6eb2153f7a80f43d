package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/raddeploy/raddeploy/core/internal/markdown"
)

// metric is one metric of the page.
type metric struct {
	name, kind, help string
	labels           []string
}

const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

func define(kind, name, help string, labels ...string) metric {
	return metric{"raddeploy_" + name, kind, help, labels}
}

var (
	build = define(gauge, "build_info", "The agent's version; always 1.", "version")

	associations = define(counter, "associations_total", "Associations that were accepted.", "peer")
	rejections   = define(counter, "associations_rejected_total", "Associations that were rejected, and connections that came to none.", "peer", "reason")
	contexts     = define(counter, "abstract_syntaxes_refused_total", "Abstract syntaxes that accepted associations proposed in vain.", "peer")
	received     = define(counter, "objects_received_total", "Objects that were stored.", "peer")
	bytes        = define(counter, "received_bytes_total", "Bytes of the data sets of those.", "peer")
	refused      = define(counter, "objects_refused_total", "Objects that were refused, by the DIMSE status that said so.", "peer", "status")
	lastContact  = define(gauge, "peer_last_association_timestamp_seconds", "When a named peer's last association was accepted, in seconds since 1970. Without a value: never.", "peer")

	arrivals = define(gauge, "arrivals", "Arrivals that are open: receiving, incomplete, complete.", "state")
	matched  = define(counter, "arrivals_matched_total", "Arrivals that were matched against the flows: matched, unmatched.", "state")
	verdicts = define(counter, "flow_verdicts_total", "What flows made of arrivals: matched (a run was made), no match, vetoed, other rule.", "flow", "verdict")
	held     = define(gauge, "held", "What waits for an operator's release or discard: arrivals, runs.", "thing")

	flows      = define(gauge, "flows", "Flows by state: live, shadow, off, disabled, broken.", "state")
	flowErrors = define(gauge, "flow_file_errors", "Errors in flow files. What such a file held before stays in force.")

	runs      = define(gauge, "runs", "Runs that are open: pending, running, sending, canceling.", "state")
	finished  = define(counter, "runs_finished_total", "Runs whose tasks have all ended: done, failed, canceled.", "flow", "state")
	tasks     = define(gauge, "tasks", "Tasks of pending and running runs: pending, running.", "state")
	oldestRun = define(gauge, "oldest_pending_run_seconds", "Since when the oldest run waits of which no task has started; 0: there is none.")
	waits     = define(histogram, "task_wait_seconds", "How long tasks that could start were queued.", "flow")
	durations = define(histogram, "task_duration_seconds", "How long the processes of attempts ran.", "flow", "model")
	attempts  = define(counter, "attempts_ended_total",
		"Attempts by how they ended: succeeded, exited, out of memory, timed out, stopped, start failed, image unavailable, preempted, node lost, vanished, rejected.",
		"flow", "model", "executor", "outcome")
	retries = define(counter, "task_retries_total", "Tries of tasks again, by whose failure it was: task, infrastructure.", "flow", "model", "cause")

	deliveries = define(gauge, "deliveries", "Deliveries that are open: pending, sending, uncommitted.", "destination", "state")
	oldest     = define(gauge, "oldest_delivery_seconds", "For how long agents have tried to send the oldest delivery that is not sent; 0: there is none.", "destination")
	tries      = define(counter, "delivery_tries_total", "Tries of deliveries, and what came of the commitment asked for, by what the delivery was then: sent, uncommitted, committed, failed, or pending if it is tried again.", "destination", "state")
	sent       = define(counter, "objects_sent_total", "Objects that destinations took in deliveries that have ended.", "destination")

	messages = define(counter, "notifications_total", "Messages to people that have ended, by the notify block's name: sent, or failed if they were given up.", "notify", "state")
	unsent   = define(gauge, "notifications_pending", "Messages to people that are to be sent, by the notify block's name.", "notify")

	healthy  = define(gauge, "executor_healthy", "1 if the executor's backend works, else 0.", "executor", "plugin")
	cpus     = define(gauge, "executor_cpu_slots", "CPU tasks that an executor takes at once.", "executor", "plugin")
	gpus     = define(gauge, "executor_gpus", "GPUs that an executor may use.", "executor", "plugin")
	devices  = define(gauge, "executor_gpu_states", "Of those: free, leased, stuck (it is unknown when they are released), missing.", "executor", "state")
	working  = define(gauge, "executor_tasks", "Tasks that an executor has now.", "executor")
	drained  = define(gauge, "executor_drained", "1 if the executor gets no new task, else 0.", "executor")
	launches = define(counter, "executor_plugin_launches_total", "How often the executor's plugin was launched since the agent started.", "executor")

	diskFree     = define(gauge, "disk_free_bytes", "Bytes that can still be written to the disk of the data folder.")
	diskReserve  = define(gauge, "disk_reserve_bytes", "Bytes of it that stay free: below, senders are refused for now.")
	databaseSize = define(gauge, "database_bytes", "Bytes of the state database with its write-ahead log.")
	commits      = define(histogram, "database_commit_seconds", "How long commits took.")
	removed      = define(counter, "removed_total", "What retention removed: files of objects, outputs and logs; rows of runs and arrivals.", "kind")
	freed        = define(counter, "removed_bytes_total", "Bytes that the disk got back by that. An object that a run's src links to counts once, when its last name goes.", "kind")
	stuck        = define(gauge, "removals_stuck", "Arrivals and runs of which some files cannot be removed now.")

	expires = define(gauge, "certificate_expires_seconds", "When a certificate of a listener or a destination expires, in seconds since 1970; 0 if it cannot be read.", "of")
	failing = define(gauge, "scrape_incomplete", "1 if something of this page could not be read, else 0; the log says what.")
)

// catalog is everything on the page but what is of Go and of the process.
var catalog = []metric{
	build,
	associations, rejections, contexts, received, bytes, refused, lastContact,
	arrivals, matched, verdicts, held, flows, flowErrors,
	runs, finished, tasks, oldestRun, waits, durations, attempts, retries,
	deliveries, oldest, tries, sent, messages, unsent,
	healthy, cpus, gpus, devices, working, drained, launches,
	diskFree, diskReserve, databaseSize, commits, removed, freed, stuck,
	expires, failing,
}

func (m metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.name, m.help, m.labels, nil) }

// Reference is the table of docs/metrics.md.
func Reference() string {
	var b strings.Builder
	b.WriteString("| metric | labels | kind | meaning |\n|---|---|---|---|\n")
	for _, m := range catalog {
		cells := []string{"`" + m.name + "`", strings.Join(m.labels, ", "), m.kind, markdown.Cell(m.help)}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}
