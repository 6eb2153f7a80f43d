package ui

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/raddeploy/raddeploy/sdk"
)

// funcs are what templates can say. Ages are written once, and kept by the script.
var funcs = template.FuncMap{
	"state": state, "class": class, "short": short, "named": named, "count": count, "bytes": byteSize, "thousands": thousands,
	"ago": func(t any) template.HTML { return moment("ago", t, true) }, "lasting": func(t any) template.HTML { return moment("for", t, true) },
	"until": func(t any) template.HTML { return moment("in", t, true) }, "exact": exact, "iso": iso, "took": took, "lasted": lasted, "flowid": flowID, "flowpath": flowPath, "text": text,
	"asset": asset, "swatch": swatch, "join": strings.Join, "percent": percent, "visible": visible, "cut": cut, "lower": strings.ToLower, "base": filepath.Base,
	"list": func(all ...any) []any { return all }, "action": func(name string) action { return actions[name] },
}

// streamFuncs are those without ages.
var streamFuncs = func() template.FuncMap {
	all := template.FuncMap{}
	for name, f := range funcs {
		all[name] = f
	}
	all["ago"] = func(t any) template.HTML { return moment("ago", t, false) }
	all["lasting"] = func(t any) template.HTML { return moment("for", t, false) }
	all["until"] = func(t any) template.HTML { return moment("in", t, false) }
	return all
}()

// classes are the shapes and colors of states: six for all of them.
var classes = map[string]string{
	"done": "done", "succeeded": "done", "sent": "done", "matched": "done", "ended": "done", "healthy": "done", "accepted": "done", "ok": "done", "up": "done",
	"live": "done", "committed": "done", "removed": "done", "enabled": "done", "grouped": "done", "seen": "done",
	"running": "running", "sending": "running", "canceling": "running", "receiving": "running", "complete": "running", "started": "running", "intended": "running",
	"committing": "running", "uncommitted": "running",
	"held": "held", "incomplete": "held", "unhealthy": "held", "draining": "held", "drained": "held", "stale": "held", "warning": "held", "vetoed": "held", "shadow": "held",
	"failed": "failed", "rejected": "failed", "refused": "failed", "broken": "failed", "undetected": "failed", "down": "failed", "not sent": "failed",
	"canceled": "cancelled", "skipped": "cancelled", "abandoned": "cancelled", "superseded": "cancelled", "discarded": "cancelled", "ignored": "cancelled",
	"disabled": "cancelled", "off": "cancelled", "not-dicom": "cancelled",
}

// class is how a state looks: waiting, unless it is known better.
func class(s any) string { return "s-" + cmp.Or(classes[fmt.Sprint(s)], "waiting") }

// state is a state as a shape, a word and a color.
func state(s any) template.HTML {
	title := ""
	if known, ok := s.(interface{ Meaning() string }); ok && known.Meaning() != "" {
		title = ` title="` + template.HTMLEscapeString(known.Meaning()) + `"`
	}
	word := template.HTMLEscapeString(fmt.Sprint(s))
	return template.HTML(`<span class="s ` + class(s) + `"` + title + `>` + word + `</span>`) //nolint:gosec // escaped
}

// at is a time, or none.
func at(t any) (time.Time, bool) {
	switch t := t.(type) {
	case time.Time:
		return t, !t.IsZero()
	case *time.Time:
		if t != nil {
			return *t, !t.IsZero()
		}
	}
	return time.Time{}, false
}

func iso(t any) string {
	when, _ := at(t)
	return when.UTC().Format(time.RFC3339Nano)
}

func exact(t any) string {
	when, ok := at(t)
	if !ok {
		return ""
	}
	return when.Local().Format("2006-01-02 15:04:05 -07:00")
}

// moment is a time as how long ago it is (ago), how long that lasts (for) or in how
// long it is (in). Its title is exact.
func moment(form string, t any, said bool) template.HTML {
	when, ok := at(t)
	if !ok {
		return ""
	}
	words := ""
	if said {
		words = sinceWords(form, time.Since(when))
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s" data-f="%s">%s</time>`, iso(when), exact(when), form, words)) //nolint:gosec // no text of others
}

func sinceWords(form string, past time.Duration) string {
	switch {
	case form == "for":
		return spell(max(past, 0))
	case form == "in" && past > 0:
		return "now"
	case form == "in":
		return "in " + spell(-past)
	}
	return spell(max(past, 0)) + " ago"
}

// spell is a duration in its largest unit.
func spell(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h"
	}
	return strconv.Itoa(int(d.Hours())/24) + " d"
}

// took is how long something lasted: two units, since it is compared.
func took(from, to any) string {
	a, ok := at(from)
	b, done := at(to)
	if !ok || !done {
		return ""
	}
	return lasted(b.Sub(a))
}

func lasted(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// short is enough of an id to tell it from others.
func short(id any) string {
	text := fmt.Sprint(id)
	return text[:min(8, len(text))]
}

// named is a flow with its version.
func named(flow, version string) string { return strings.TrimSpace(flow + " " + version) }

// count is a number of things.
func count(n any, thing string) string {
	number := text(n)
	if number == "1" {
		return "1 " + thing
	}
	if strings.HasSuffix(thing, "y") {
		return number + " " + strings.TrimSuffix(thing, "y") + "ies"
	}
	return number + " " + thing + "s"
}

// text is a number with its thousands apart, or what else there is.
func text(v any) string {
	switch v := v.(type) {
	case int:
		return thousands(int64(v))
	case int64:
		return thousands(v)
	}
	return fmt.Sprint(v)
}

func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// byteSize is a number of bytes, with its unit apart.
func byteSize(n any) string {
	var size sdk.Size
	switch n := n.(type) {
	case int64:
		size = sdk.Size(n)
	case uint64:
		size = sdk.Size(min(n, math.MaxInt64))
	}
	text := size.Rounded()
	unit := strings.IndexFunc(text, unicode.IsLetter)
	return text[:unit] + " " + text[unit:]
}

func percent(part, whole uint64) int {
	if whole == 0 {
		return 0
	}
	return int(min(100, part*100/whole))
}

// visible is a text in which nothing hides: what has no shape is written as Go
// writes it.
func visible(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) {
		return strings.Trim(strconv.Quote(s), `"`)
	}
	return s
}

// cut is at most so many characters of a text.
func cut(most int, s string) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}
