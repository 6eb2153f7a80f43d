package conformance

import (
	"slices"
	"strings"
	"time"
)

// Case is one promise of the contract.
type Case struct {
	Name     string // GROUP/WHAT MUST HOLD, such as "start/is idempotent"
	Contract string // what the contract says
	Read     string // where it says so
	Required bool   // there is no executor without it: it cannot be "not offered"

	test  func(*trial)
	place place
	bare  bool // it needs no backend
}

// place says when a case has its turn.
type place uint8

const (
	together place = iota // with others
	// when all those are done, one after the other: it takes all of the machine
	alone
	last // after everything else
)

// Group is the first part of the case's name.
func (c Case) Group() string {
	group, _, _ := strings.Cut(c.Name, "/")
	return group
}

// Cases lists all cases, in the order in which they are reported by [Suite.Run].
func Cases() []Case {
	all := slices.Concat(
		describeCases(),
		configCases(),
		fingerprintCases(),
		startCases(),
		exitCases(),
		imageCases(),
		logsCases(),
		mountCases(),
		stopCases(),
		watchCases(),
		surviveCases(),
		removeCases(),
		optionalCases(),
	)
	for i := range all { // as it works from the module of a plugin
		all[i].Read = strings.ReplaceAll(all[i].Read, "go doc sdk.", "go doc github.com/raddeploy/raddeploy/sdk.")
	}
	return all
}

// State is how a case went.
type State uint8

// The states.
const (
	Passed State = iota + 1
	Failed       // the findings say what happened
	// the executor says that it lacks what the case stands on; the finding says
	// by which words
	NotOffered
	NotAsked // the suite was not given what the case needs, or there is no backend
)

// String names the state, such as "not offered".
func (s State) String() string {
	if names := []string{"unknown", "passed", "failed", "not offered", "not asked"}; int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// Result is how one case went.
type Result struct {
	Case
	State    State
	Findings []string // what happened, one sentence each
	Took     time.Duration
	Logs     string // what the plugin logged last, if the case failed
}

// String is the result as a person reads it: one line, and for a failed case
// what the contract says, what happened, and where to read.
func (r Result) String() string {
	var text strings.Builder
	text.WriteString(r.State.String() + ": " + r.Name + " (" + r.Took.Round(time.Millisecond).String() + ")")
	if r.State != Failed {
		for _, finding := range r.Findings {
			text.WriteString(": " + finding)
		}
		return text.String()
	}
	text.WriteString("\n  the contract says: " + r.Contract)
	for _, finding := range r.Findings {
		text.WriteString("\n  what happened:     " + strings.ReplaceAll(finding, "\n", "\n      "))
	}
	text.WriteString("\n  where to read:     " + r.Read)
	if r.Logs != "" {
		text.WriteString("\n  the plugin logged: " + strings.ReplaceAll(strings.TrimSpace(r.Logs), "\n", "\n      "))
	}
	return text.String()
}
