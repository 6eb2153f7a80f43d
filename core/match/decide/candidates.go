package decide

import (
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// Wanted returns the elements that the triggers of some flows ask for, each
// once.
func Wanted(flows []*flow.Matcher) []dcm.Path {
	known := map[string]bool{}
	var wanted []dcm.Path
	for _, m := range flows {
		for _, trigger := range m.Triggers {
			for _, tag := range trigger {
				if name := tag.Path.String(); tag.Sender == "" && !known[name] {
					known[name] = true
					wanted = append(wanted, tag.Path)
				}
			}
		}
	}
	return wanted
}

// Texts are the texts of one object at the elements that somebody asked for. A
// whole header would cost memory for as long as its arrival is matched.
type Texts map[string][]string

// TextsOf returns the texts that a header has at some elements.
func TextsOf(header Header, wanted []dcm.Path) Texts {
	texts := make(Texts, len(wanted))
	for _, path := range wanted {
		if found := header.Texts(path); len(found) > 0 {
			texts[path.String()] = found
		}
	}
	return texts
}

// Texts implements [Header]. An element that was not asked for has none.
func (t Texts) Texts(path dcm.Path) []string { return t[path.String()] }

// Candidates returns the objects with these headers. From says who sent the
// object of an index.
func Candidates(headers []Header, from func(i int) run.Sender) []Object {
	candidates := make([]Object, len(headers))
	for i, header := range headers {
		sender := from(i)
		candidates[i] = Object{
			Header: header, CallingAET: string(sender.CallingAE), CalledAET: string(sender.CalledAE), PeerAddress: sender.Address,
		}
	}
	return candidates
}
