package api

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// values reads the parameters of a list. What is wrong comes out at the end.
type values struct {
	from    url.Values
	private bool // they come in a body
	known   []string
	wrong   error
}

func (v *values) text(name string) string {
	v.known = append(v.known, name)
	switch all := v.from[name]; len(all) {
	case 0:
		return ""
	case 1:
		return all[0]
	}
	v.complain("%s is given more than once", name)
	return ""
}

// words are those of a parameter that may be repeated, or have several with
// commas between them.
func (v *values) words(name string) (all []string) {
	v.known = append(v.known, name)
	for _, text := range v.from[name] {
		all = append(all, strings.Split(text, ",")...)
	}
	return all
}

func (v *values) paging() Paging {
	return Paging{After: v.text("after"), Sort: Sort(v.text("sort")), Limit: v.limit()}
}

// limit is how many are wanted; 0: it is not said.
func (v *values) limit() int {
	text := v.text("limit")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		v.complain("limit %q is not a number from 1 to %d", text, most)
	}
	return n
}

// time is one of RFC 3339, or how long ago, such as 90m or 7d.
func (v *values) time(name string) time.Time {
	text := v.text(name)
	if text == "" {
		return time.Time{}
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at
	}
	ago, err := sdk.ParseDuration(text)
	if err != nil {
		v.complain("%s %q is neither a time such as 2026-03-01T08:00:00Z nor how long ago, such as 90m or 7d", name, text)
		return time.Time{}
	}
	return time.Now().Add(-ago)
}

// states are those of a thing that a list is asked for.
func states[S ~string](v *values, all []S) (wanted []S) {
	for _, word := range v.words("state") {
		if !slices.Contains(all, S(word)) {
			names := convert(all, func(s S) string { return string(s) })
			v.complain("state %q is unknown: %s", word, suggest.Hint(word, names, "the states are "+strings.Join(names, ", ")))
		}
		if !slices.Contains(wanted, S(word)) { // each is a part of the database's query
			wanted = append(wanted, S(word))
		}
	}
	return wanted
}

func (v *values) complain(format string, args ...any) {
	if v.wrong == nil {
		v.wrong = &badRequest{fmt.Sprintf(format, args...)}
	}
}

// end returns what is wrong: an unknown parameter first.
func (v *values) end() error {
	for _, name := range slices.Sorted(maps.Keys(v.from)) {
		if !slices.Contains(v.known, name) {
			slices.Sort(v.known)
			return &badRequest{fmt.Sprintf("parameter %q is unknown: %s", name, suggest.Hint(name, v.known, "there are "+strings.Join(v.known, ", ")))}
		}
	}
	return v.wrong
}
