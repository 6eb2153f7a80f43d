package plugin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// UnknownAllowed says for each word that the site allows flows to use, and that
// is no guarded word of the plugin's options, what it may have been meant to
// be. Before the plugin was launched for the first time there is nothing to
// say.
func (e *Executor) UnknownAllowed() []string {
	description, ok := e.Description()
	if !ok {
		return nil
	}
	known := slices.AppendSeq(guarded(description.Options.Fields, nil), maps.Keys(flow.GuardedWords))
	var unknown []string
	for _, word := range e.allow() {
		if !slices.Contains(known, word) {
			hint := suggest.Hint(word, known, "remove it; its guarded words are in plugin inspect "+description.Name)
			unknown = append(unknown, fmt.Sprintf("allow has %q, which plugin %s does not guard: %s", word, description.Name, hint))
		}
	}
	return unknown
}

// guarded are the names of the guarded fields, those inside of objects with dots.
func guarded(fields []sdk.Field, above []string) []string {
	var names []string
	for _, field := range fields {
		words := append(slices.Clip(above), field.Name)
		if field.Guarded {
			names = append(names, strings.Join(words, "."))
		}
		inner := &field
		for inner.Element != nil {
			inner = inner.Element
		}
		names = append(names, guarded(inner.Fields, words)...)
	}
	return names
}
