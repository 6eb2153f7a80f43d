package decide

import (
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
)

// column is one tag of every object. Most objects of a series share their
// value, so patterns look at each different value once.
type column struct {
	// the different values: the texts that the tag leads to; none where it is
	// missing
	values  [][]string
	counts  []int // objects that have the value
	indexOf []int // object → value

	seen []Value // see frequent; nil until asked
	more int
}

func (a *Arrival) column(t *flow.TagMatcher) *column {
	if c := a.columns[t.Tag]; c != nil {
		return c
	}
	c := &column{indexOf: make([]int, len(a.objects))}
	known := map[string]int{}
	for o := range a.objects {
		texts := a.objects[o].texts(t)
		key := key(texts)
		v, ok := known[key]
		if !ok {
			v = len(c.values)
			known[key] = v
			c.values, c.counts = append(c.values, texts), append(c.counts, 0)
		}
		c.counts[v]++
		c.indexOf[o] = v
	}
	a.columns[t.Tag] = c
	return c
}

func (o *Object) texts(t *flow.TagMatcher) []string {
	switch t.Sender {
	case flow.CallingAET:
		return []string{o.CallingAET}
	case flow.CalledAET:
		return []string{o.CalledAET}
	case flow.PeerAddress:
		return []string{o.PeerAddress}
	}
	if o.Header == nil {
		return nil
	}
	return o.Header.Texts(t.Path)
}

// key is different for different values.
func key(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(strconv.Itoa(len(t)))
		b.WriteByte(':')
		b.WriteString(t)
	}
	return b.String()
}

// maxGaveUp is after how many values that it took too long for a pattern is not
// asked again in one match.
const maxGaveUp = 3

// outcome is what a pattern said about each value of a column.
type outcome struct {
	found  []bool
	unsure []bool // it took too long
	gaveUp int
}

func (c *column) ask(p *flow.Pattern, effort *flow.Effort) outcome {
	out := outcome{found: make([]bool, len(c.values)), unsure: make([]bool, len(c.values))}
	for v, texts := range c.values {
		for _, text := range texts {
			if out.gaveUp >= maxGaveUp {
				out.unsure[v] = true
				break
			}
			yes, err := effort.Found(p, text)
			if err != nil {
				out.unsure[v] = true
				out.gaveUp++
				continue
			}
			if yes {
				out.found[v] = true
				break
			}
		}
		if out.found[v] {
			out.unsure[v] = false
		}
	}
	return out
}

// frequent lists the most frequent values for an explanation, and says how many
// others there are.
func (c *column) frequent() (values []Value, more int) {
	if c.seen != nil {
		return c.seen, c.more
	}
	counts := map[string]int{}
	for v, texts := range c.values {
		if len(texts) > 0 {
			counts[show(texts)] += c.counts[v]
		}
	}
	for text, n := range counts {
		values = append(values, Value{text, n})
	}
	slices.SortFunc(values, func(a, b Value) int {
		if a.Objects != b.Objects {
			return b.Objects - a.Objects
		}
		return strings.Compare(a.Text, b.Text)
	})
	if len(values) > MaxValues {
		more = len(values) - MaxValues
		values = values[:MaxValues]
	}
	c.seen, c.more = values, more
	return values, more
}

func show(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	if len(texts) > MaxValues {
		texts = append(slices.Clone(texts[:MaxValues]), "…")
	}
	return cut(strings.Join(texts, " | "))
}
