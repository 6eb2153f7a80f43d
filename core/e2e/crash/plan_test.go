package crash_test

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// A step is one kill with what goes on around it. The steps of a seed are all
// that the test decides.
type step struct {
	study    study
	order    order // of the operator
	archive  mood  // how one destination answers from here on
	listens  bool  // whether the other one is there from here on
	lines    int   // the victim ends when the agent has logged so many more lines
	victim   victim
	nth      int  // of several plugins
	both     bool // the engine is killed too while the agent is away
	restores bool // an engine that starts again leaves its containers alone
}

// victim is what is killed.
type victim string

const (
	theAgent  victim = "agent"
	thePlugin victim = "plugin"
	theEngine victim = "engine"
)

// study is what one sender sends over several associations.
type study struct {
	flow     string // that triggers on it
	parts    []part
	together bool // the associations are open at once
}

// part is a series that one association brings.
type part struct {
	objects int
	end     ending
	again   bool // it is sent again, as a whole, until a release is answered
}

// ending is how an association ends, if nobody is killed before.
type ending int

const (
	released ending = iota
	aborted         // between two objects
	cut             // in the midst of an object
)

// steps are the steps of a seed at one of several sites.
func steps(seed uint64, site string, kills int) []step {
	name := fnv.New64()
	_, _ = name.Write([]byte(site))
	random := rand.New(rand.NewPCG(seed, name.Sum64()))
	all := make([]step, kills)
	for i := range all {
		all[i] = step{
			study:    randomStudy(random),
			order:    randomOrder(random),
			archive:  pick(random, takes, takes, takes, refuses, fails),
			listens:  random.IntN(4) > 0,
			lines:    random.IntN(150),
			victim:   pick(random, theAgent, theAgent, thePlugin, theEngine),
			nth:      random.IntN(100),
			both:     random.IntN(6) == 0,
			restores: random.IntN(2) == 0,
		}
	}
	return all
}

func randomStudy(random *rand.Rand) study {
	s := study{
		flow:     pick(random, "chain", "chain", "container", "process", "job", "gpu"),
		together: random.IntN(2) == 0,
	}
	for range 1 + random.IntN(3) {
		objects := 1 + random.IntN(12)
		if random.IntN(12) == 0 {
			objects += 140 // more than are recorded in the database at once
		}
		s.parts = append(s.parts, part{
			objects: objects,
			end:     pick(random, released, released, released, aborted, cut),
			again:   random.IntN(3) > 0,
		})
	}
	return s
}

// randomOrder is one in two steps. More is released than discarded and more
// executors come back than go, so that something is left to do.
func randomOrder(random *rand.Rand) order {
	if random.IntN(2) == 0 {
		return order{}
	}
	return order{
		action: pick(random, run.Cancel, run.Cancel, run.Retry, run.Retry, run.Resend, run.Rerun,
			run.Release, run.Release, run.Discard, run.Drain, run.Undrain, run.Undrain),
		nth: random.IntN(100),
	}
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// pause is what a sender or the test waits before it asks again.
const pause = 20 * time.Millisecond
