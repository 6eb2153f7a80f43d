// Package core is the map of the program; it holds no code. RadDeploy receives
// DICOM objects, decides which flows they trigger, runs each flow's models
// through executors, and sends what the models wrote to DICOM nodes. One
// program, the agent, does it all.
//
// # The way of the data
//
//	C-STORE ─► receive      an object is received, and its file is in the spool
//	  └──► assemble         an arrival is complete
//	    └──► match          runs are created; or nothing wants it, and why
//	      └──► schedule     an attempt is ready   ◄── it ended: retry, next tasks
//	        └──► execute    it is started, watched, ended; outputs are collected
//	          └──► deliver  results are sent, or wait for their next try
//	            └──► retain what nobody needs any more is removed
//
// Each arrow is a committed row of the state database, and only then a wake-up
// of the verb that acts on it. The rows are the queue: there is no broker, and
// nothing that is known only to a running process. An agent that starts on a
// database finds the rows that are not finished and goes on with them, so that
// a first start, a restart and a crash are one path through the code.
// docs/develop/architecture.md follows one C-STORE from file to file, and
// docs/develop/glossary.md has the words.
//
// # Layers
//
// Imports go one way. The one table of layers is in imports_test.go, beside
// this file, and a test there holds every package to it. The sections below go
// from the bottom to the top.
//
// # Words
//
//   - dcm: UIDs, AE titles, tags and paths to them, transfer syntaxes, and the
//     bounded scanner that reads headers. No other reader of DICOM in the
//     program sees what a peer has sent.
//   - flow: what a flow is, the rules for it, and the graph that its models'
//     mounts make.
//   - run: arrivals, runs, tasks, attempts, deliveries and their objects; the
//     state of each has a type, and beside it stands which may follow which.
//   - problem: the error that an operator meets, with operation, object, cause
//     and advice.
//   - redact: errors without the names of files, which can be values of
//     patients' tags.
//
// # Language
//
//   - lang: YAML and HCL to one tree that knows where each value stands, and
//     what is said about mistakes in it.
//   - config: site.hcl and the environment to a site with a value for every
//     setting.
//   - flowfile: flow files to flows, and the reference of what they may say.
//   - importer: a Python RadDeploy's configuration and flows, turned into a site.
//
// # Decisions
//
// Values in, decisions out: no clock, no files, no network.
//
//   - match/decide: which flows an arrival triggers, with which objects, and why.
//   - schedule/plan: which executor may run a task, which task starts where, and
//     what follows from the end of an attempt.
//
// # Protocols and stores
//
//   - dimse: the DICOM upper layer, C-ECHO, C-STORE and what storage commitment
//     needs, as provider and as user; dimse/pdu encodes and decodes its units.
//   - scu: files to a peer over as many associations and presentation contexts
//     as they need.
//   - decompress: compressed objects to uncompressed ones, by decoders in limited
//     processes of their own.
//   - picture: slices of objects as PNG, with segmentations and contours over them,
//     drawn by limited processes of their own.
//   - commitment: the data sets of storage commitment.
//   - service: what systemd is told of the agent.
//   - spool: received objects on disk, and the folders of arrivals and runs.
//   - state: the SQLite database: one writer, transitions that follow the table
//     in run, and the view for dashboards.
//   - plugin: the host's side of an executor: its program is launched,
//     supervised, and called. What both sides agree on is in the packages below
//     sdk.
//   - inventory: the GPUs of the host under all their names, and which attempt
//     leases what.
//   - logs: what attempts print, in files that outlive their runtimes.
//   - registry: which digest an image's registry has for it.
//   - phantom: a synthetic CT of a head, for demonstrations, tests and
//     measurements.
//   - skeleton: the module that a new executor plugin begins with.
//
// # Shared
//
// What several verbs and faces need.
//
//   - access: who may send, and how associations are secured. access/web: who may ask
//     over HTTP, and for what; access/openid: logins at a provider.
//   - datafolder: the lock, the identity, the state database and the spool of an
//     agent, opened together, and copies of the database.
//   - fleet: the executors of the site, their health, leases and leftovers.
//   - flowset: the flows in force, which a broken file does not change, and the
//     switches of operators.
//   - selftest: the flows of a test that an agent makes of itself.
//
// # Verbs
//
// They meet in the state database, and none imports another. Each holds its
// loop, its decisions, and the interfaces of what it needs.
//
//   - receive: associations to files. Success is answered when file and folder
//     are on stable storage.
//   - assemble: which objects make an arrival, also when an association was
//     aborted.
//   - match: an arrival and the flows to runs and an explanation.
//   - schedule: ready tasks and free executors to attempts; ended attempts to
//     what follows.
//   - execute: the life of one attempt, from its folders to its collected outputs.
//   - deliver: results to destinations, per object, again and again until each
//     has an answer or the time is up; and whether they commit to keep them.
//   - commit: what peers that ask for storage commitment are answered.
//   - retain: files, logs and rows that nobody needs any more are removed, at
//     their age or when the disk is short.
//   - operate: what an operator does to runs, arrivals and executors, and the
//     journal of it.
//   - audit: the journal to a syslog server.
//   - notify: people are told what failed, is held and has recovered.
//
// # Faces
//
//   - api: HTTP and its client; what happens, as JSON.
//   - ui: pages for a browser, of what api answers.
//   - metrics: how the agent is, as Prometheus reads it.
//   - agent: opens, connects, starts and stops all of the above.
//   - rehearse: a flow without an agent, for flow test, flow run and validate
//     -online.
//   - cli: the commands, one file each.
//
// Package internal/testenv makes a whole site for a test, and e2e sends real
// objects through one.
//
// # Beside the core
//
// Executors are programs of their own that import sdk and their backend and
// nothing of the core: plugins/docker, plugins/containerd, plugins/slurm and
// plugins/process, with what they share in plugins/internal. examples/executor-go
// is a module of its own, as a third party's would be. All pass the suite in
// sdk/conformance. The attempt's id is the key of all they do: it is in the
// database before a plugin is called with it, and on whatever the plugin makes, so
// that after a crash on either side what runs is found again.
package core
