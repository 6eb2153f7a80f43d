package crash_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// count is what became of the objects that agents have acknowledged.
type count struct {
	kills        int
	acknowledged int // objects that were answered with Success
	ended        int // of them, those that were delivered or are held, as the rules say
	lost         int // of the others, those that are in no row with a file, and were not delivered
	twice        int // attempts that their models saw begin more than once
	behind       int // what was left in runtimes, on disk, and as processes
}

func (c count) String() string {
	return fmt.Sprintf("acknowledged %d, ended %d, lost %d, ran twice %d, left behind %d", c.acknowledged, c.ended, c.lost, c.twice, c.behind)
}

func (c *count) add(other count) {
	c.kills += other.kills
	c.acknowledged += other.acknowledged
	c.ended += other.ended
	c.lost += other.lost
	c.twice += other.twice
	c.behind += other.behind
}

// count counts when the agent has been stopped, and reports each thing that is
// not as it should be.
func (s *site) count() count {
	s.t.Helper()
	found := s.read()
	c := count{kills: s.kills}
	s.t.Logf("%d of %d objects were removed, as nobody needed them any more", found.removed, len(found.files))
	for uid, p := range s.senders.ledger.objects {
		if !p.acknowledged {
			continue
		}
		c.acknowledged++
		why := s.unended(found, uid, p)
		if why == "" {
			c.ended++
			continue
		}
		if !slices.ContainsFunc(found.kept[uid], func(k kept) bool { return k.dataset == p.dataset }) && s.missing(found, uid, p) != "" {
			c.lost++
		}
		s.t.Errorf("%s of %s was acknowledged (release answered: %t) and has not ended: %s", uid, p.flow, p.released, why)
	}
	for attempt, n := range s.told.begun {
		if n > 1 {
			c.twice++
			s.t.Errorf("attempt %s ran %d times", attempt, n)
		}
	}
	for _, order := range s.unrecorded(found.journal) {
		s.t.Errorf("answered and not in the journal: %s", order)
	}
	left := s.left(found)
	c.behind = len(left)
	for _, thing := range left {
		s.t.Errorf("left behind: %s", thing)
	}
	if c.ended != c.acknowledged || c.lost > 0 {
		s.t.Error(c)
	}
	return c
}

// kept is an object of one arrival, as it is on disk.
type kept struct {
	arrival run.Arrival
	dataset string
}

// content is what the site's database and its destinations hold in the end.
type content struct {
	arrivals map[run.ArrivalID]run.Arrival
	runs     map[run.ArrivalID][]run.Run
	attempts []run.Attempt
	journal  []run.Entry
	kept     map[dcm.UID][]kept
	files    map[string]bool             // of objects, below the folder of all objects
	removed  int                         // of the files, how many are not there
	archive  map[dcm.UID]map[string]bool // data sets that came
	receiver map[dcm.UID]map[string]bool
}

func (s *site) read() content {
	s.t.Helper()
	c := content{
		arrivals: map[run.ArrivalID]run.Arrival{}, runs: map[run.ArrivalID][]run.Run{}, kept: map[dcm.UID][]kept{}, files: map[string]bool{},
		archive: map[dcm.UID]map[string]bool{}, receiver: map[dcm.UID]map[string]bool{},
	}
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	db, err := state.Open(s.t.Context(), s.Data("state.db"))
	must(err)
	defer db.Close()
	arrivals, err := db.Arrivals(s.t.Context(), state.ArrivalFilter{Part: state.Part{AtMost: 1_000_000}})
	must(err)
	for _, a := range arrivals {
		c.arrivals[a.ID] = a
		objects, err := db.Objects(s.t.Context(), a.ID)
		must(err)
		for _, o := range objects {
			_, dataset := object(s.Data("objects", o.File))
			c.kept[o.SOPInstanceUID] = append(c.kept[o.SOPInstanceUID], kept{a, dataset})
		}
		files, err := db.Files(s.t.Context(), a.ID)
		must(err)
		for _, file := range files {
			if _, err := os.Stat(s.Data("objects", file)); err != nil && !c.files[file] {
				c.removed++
			}
			c.files[file] = true
		}
		c.runs[a.ID], err = db.RunsOf(s.t.Context(), a.ID)
		must(err)
		for _, r := range c.runs[a.ID] {
			attempts, err := db.Attempts(s.t.Context(), r.ID)
			must(err)
			c.attempts = append(c.attempts, attempts...)
		}
	}
	c.journal, err = db.Journal(s.t.Context(), state.EntryFilter{Part: state.Part{AtMost: 1_000_000}})
	must(err)
	came := func(to map[dcm.UID]map[string]bool, uid dcm.UID, dataset string) {
		if to[uid] == nil {
			to[uid] = map[string]bool{}
		}
		to[uid][dataset] = true
	}
	for _, k := range s.archive.Kept() {
		came(c.archive, k.Instance, k.Dataset)
	}
	if s.receiver != nil {
		files, err := filepath.Glob(filepath.Join(s.receiver.Dir, "*"))
		must(err)
		for _, file := range files {
			uid, dataset := object(file)
			came(c.receiver, uid, dataset)
		}
	}
	return c
}

// object reads a file: its SOP instance and its data set, "" if it is not there
// or is not a whole header.
func object(path string) (dcm.UID, string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", ""
	}
	header, _ := dcm.ScanFile(bytes.NewReader(data))
	if header == nil || header.DatasetOffset > int64(len(data)) {
		return "", ""
	}
	return header.FileMeta().SOPInstance, string(data[header.DatasetOffset:])
}

// missing says which destination of an object's flow does not have it; "" when
// all do.
func (s *site) missing(found content, uid dcm.UID, p *promise) string {
	if !found.archive[uid][p.dataset] {
		return "the archive does not have it"
	}
	if (p.flow == "chain" || p.flow == "process") && !found.receiver[uid][p.dataset] {
		return "the receiver does not have it"
	}
	return ""
}

// unended says why an object that was acknowledged has not come to an end that
// the site's rules allow; "" when it has. Where a run of it is done, it must have
// been delivered. Where all its runs were canceled, or its arrival was discarded,
// an operator wanted that. While its arrival is held it needs no more than to be
// there, unless its sender was told that the association is released. What an
// operator has given up may be removed where the site removes it soon.
func (s *site) unended(found content, uid dcm.UID, p *promise) string {
	var where []string
	excused, done := false, false
	for _, k := range found.kept[uid] {
		where = append(where, fmt.Sprintf("in arrival %s (%s %s)", k.arrival.ID, k.arrival.State, k.arrival.Reason))
		there := k.dataset == p.dataset || s.removes
		switch k.arrival.State {
		case run.ArrivalSuperseded, run.ArrivalGrouped, run.ArrivalIgnored: // it must be in another one
		case run.ArrivalIncomplete:
			excused = excused || s.holds && !p.released && k.dataset == p.dataset
		case run.ArrivalDiscarded:
			excused = excused || there && found.ordered(run.Discard, string(k.arrival.ID))
		case run.ArrivalMatched:
			for _, r := range found.runs[k.arrival.ID] {
				switch {
				case r.State == run.Done:
					done = true
				case r.State == run.Canceled && there && found.ordered(run.Cancel, string(r.ID)):
					excused = true
				default:
					return fmt.Sprintf("run %s of %s is %s: %s", r.ID, r.Flow, r.State, r.Reason)
				}
			}
		default:
			return strings.Join(where, ", ")
		}
	}
	missing := s.missing(found, uid, p)
	if missing == "" || excused && !done {
		return ""
	}
	return missing + "; it is " + strings.Join(append(where, "nowhere else"), ", ")
}

// left names what nobody owns any more: in the runtimes, of processes and
// mounts, and of folders.
func (s *site) left(found content) (all []string) {
	s.t.Helper()
	if s.engine != nil {
		all = append(all, s.engine.Holds()...)
	}
	for _, p := range processes() {
		if strings.Contains(p.words, s.Dir) {
			all = append(all, fmt.Sprintf("process %d: %.300s", p.pid, p.words))
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, s.Dir+"/") && !strings.Contains(line, s.Data()+" ") {
			all = append(all, "mount "+line)
		}
	}
	for _, pattern := range []string{"slurm/*~cluster/[^.]*", "gpus/[^.]*", "fake/[^.]*"} {
		all = append(all, s.glob(pattern)...)
	}
	for _, file := range s.glob("data/objects/*/*") {
		if !found.files[filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file))] {
			all = append(all, "file of no object: "+file)
		}
	}
	return append(all, s.unowned(found)...)
}

// unowned are the folders of runs and attempts that are in no row.
func (s *site) unowned(found content) (all []string) {
	runs, tries := map[string]bool{}, map[string]bool{}
	for _, of := range found.runs {
		for _, r := range of {
			runs[s.Files().Run(r.ID)] = true
		}
	}
	for _, a := range found.attempts {
		tries[s.Files().Try(a.Run, a.Task, a.Number)] = true
	}
	for _, dir := range s.glob("data/runs/*") {
		if !runs[dir] {
			all = append(all, "folder of no run: "+dir)
		}
	}
	for _, dir := range s.glob("data/runs/*/[0-9]*-[0-9]*") {
		if !tries[dir] {
			all = append(all, "folder of no attempt: "+dir)
		}
	}
	return all
}

func (s *site) glob(pattern string) []string {
	found, err := filepath.Glob(filepath.Join(s.Dir, pattern))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}
