package testapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ours are maps whose keys are words of somebody else: tags, variables, labels, and
// what a flow gives to its models.
var ours = []string{
	"triggers", "expect", "environment", "labels", "config", "extra", "options", "input_mounts", "output_mounts", "static_mounts", "ports",
	"device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops", "attributes",
}

// words are fields whose values are of a few, each with a name.
var words = []string{"state", "kind", "result", "known", "role", "mode", "exclude", "action", "thing", "verdict", "stream"}

// large are fields whose numbers may be large.
var large = regexp.MustCompile(`bytes|memory|mem_|shm_size|nano_cpus`)

var (
	snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	dated = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[T ]\d{2}:`)
)

// Style returns what is wrong with the style of a text of JSON: names that are not
// snake_case, times that are not of RFC 3339 or are nobody's, numbers that are
// likely nanoseconds, numbers for words, and ends before their beginnings.
func Style(text []byte) []string {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return []string{fmt.Sprintf("not JSON: %v", err)}
	}
	s := &style{}
	s.walk("", "", value)
	return s.wrong
}

type style struct{ wrong []string }

func (s *style) complain(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

func (s *style) walk(path, key string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !snake.MatchString(key) {
				s.complain("%s: the name %q is not snake_case", path, key)
			}
			if slices.Contains(ours, key) {
				continue
			}
			s.walk(path+"."+key, key, v[key])
		}
		s.order(path, v)
	case []any:
		for i, item := range v {
			s.walk(fmt.Sprintf("%s[%d]", path, i), key, item)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil && (n >= 1e9 || n <= -1e9) && !large.MatchString(key) {
			s.complain("%s: %d looks like nanoseconds", path, n)
		}
		if slices.Contains(words, key) {
			s.complain("%s: %s is not a word", path, v)
		}
	case string:
		if strings.HasPrefix(v, "0001-01-01") {
			s.complain("%s: %s is nobody's time", path, v)
		}
		if _, err := time.Parse(time.RFC3339, v); dated.MatchString(v) && err != nil {
			s.complain("%s: %q is not a time of RFC 3339", path, v)
		}
	}
}

// order looks for what ended before it began.
func (s *style) order(path string, v map[string]any) {
	began, _ := v["started"].(string)
	from, err := time.Parse(time.RFC3339, began)
	if err != nil {
		return
	}
	for _, key := range []string{"finished", "ended"} {
		text, _ := v[key].(string)
		if to, err := time.Parse(time.RFC3339, text); err == nil && to.Before(from) {
			s.complain("%s: %s %s is before started %s", path, key, text, began)
		}
	}
}
