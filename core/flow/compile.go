package flow

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// The words of a trigger that mean the sender of an arrival and not an element
// of its objects.
const (
	CallingAET  = "CallingAET"
	CalledAET   = "CalledAET"
	PeerAddress = "PeerAddress"
)

// Matcher is a flow's triggers, compiled. It is read-only and safe for
// concurrent use.
type Matcher struct {
	ID       ID
	Exclude  Exclude
	Triggers [][]TagMatcher
}

// TagMatcher is what one tag of a trigger has to satisfy.
type TagMatcher struct {
	Tag      string   // as written
	Sender   string   // CallingAET, CalledAET or PeerAddress; then Path means nothing
	Path     dcm.Path // may be unknown: then no object has it
	Patterns []Pattern
}

// Compile makes the matcher of a flow's triggers. The problems are those of
// [Validate] that concern triggers; with an error among them the matcher is
// nil.
func Compile(f *Flow) (*Matcher, []Problem) {
	var p problems
	m := p.triggers(f)
	for _, one := range p {
		if !one.Warning {
			return nil, p
		}
	}
	return m, p
}

func (p *problems) triggers(f *Flow) *Matcher {
	m := &Matcher{ID: f.ID(), Exclude: f.Exclude}
	for i, trigger := range f.Triggers {
		tags := make([]TagMatcher, len(trigger.Tags))
		if len(tags) == 0 {
			p.add(at("triggers", i), "name a tag and a pattern, such as Modality: CT", "trigger %d names no tag, so it selects every object", i).Warning = true
		}
		for j, t := range trigger.Tags {
			tags[j] = p.tag([]any{"triggers", i}, t)
		}
		m.Triggers = append(m.Triggers, tags)
	}
	p.called(f, m)
	return m
}

// called has each trigger take only what was sent to the AE titles of the flow;
// without triggers that is the trigger.
func (p *problems) called(f *Flow, m *Matcher) {
	if len(f.CalledAETitles) == 0 {
		return
	}
	var titles []string
	for i, title := range f.CalledAETitles {
		parsed, err := dcm.ParseAETitle(title)
		if err != nil {
			p.add(at("called_ae_titles", i), "", "%v", err)
		}
		titles = append(titles, regexp.QuoteMeta(string(parsed)))
	}
	tag := p.tag([]any{"called_ae_titles"}, TagPatterns{Tag: CalledAET, Patterns: []string{"^(?:" + strings.Join(titles, "|") + ")$"}})
	if len(m.Triggers) == 0 {
		m.Triggers = append(m.Triggers, []TagMatcher{tag})
		return
	}
	for i := range m.Triggers {
		m.Triggers[i] = append(m.Triggers[i], tag)
	}
}

// tag compiles one tag of the trigger that a path leads to.
func (p *problems) tag(trigger []any, t TagPatterns) TagMatcher {
	m := TagMatcher{Tag: t.Tag}
	place := at(append(slices.Clone(trigger), t.Tag)...)
	switch t.Tag {
	case CallingAET, CalledAET, PeerAddress:
		m.Sender = t.Tag
	default:
		path, err := dcm.ParsePath(t.Tag)
		if err != nil {
			p.atKey(place, suggest.DidYouMean(dcm.Suggest(t.Tag), ""), "%v", err)
		} else if unknown := path.Unknown(); unknown != "" {
			p.atKey(place, suggestTag(unknown), "%s is no DICOM keyword, so the trigger matches nothing", unknown).Warning = true
		}
		m.Path = path
	}
	if len(t.Patterns) == 0 {
		p.atKey(place, "add a pattern, such as CT", "%s has no pattern, so it changes nothing", t.Tag).Warning = true
	}
	for k, text := range t.Patterns {
		pattern, err := CompilePattern(text)
		if err != nil {
			problem := p.add(at(append(slices.Clone(trigger), t.Tag, k)...), "", "%q is not a regular expression: %v", text, err)
			var where *PatternError
			if errors.As(err, &where) {
				problem.Offset, problem.Length = where.Offset, where.Length
			}
			problem.Hint = patternHint(err.Error())
		}
		m.Patterns = append(m.Patterns, pattern)
	}
	return m
}

// patternHint says what to do about a pattern, given what is wrong with it.
func patternHint(reason string) string {
	for _, word := range []string{"backslash", "group", "escape", "look-behind", "lookbehind", "look-around", "longer"} {
		if strings.Contains(reason, word) && !strings.Contains(reason, "unterminated") {
			return "patterns are those of Python's re module"
		}
	}
	return `put a backslash before a character that is to be taken literally, as in \( or \*`
}

// suggestTag says which word was most likely meant.
func suggestTag(unknown string) string {
	for _, word := range []string{CallingAET, CalledAET, PeerAddress} {
		if strings.HasPrefix(strings.ToLower(unknown), strings.ToLower(word)) {
			return suggest.DidYouMean(word, "")
		}
	}
	return suggest.DidYouMean(dcm.Suggest(unknown),
		"write a keyword of the standard's data dictionary such as SeriesDescription, or a tag number such as 0008103E")
}
