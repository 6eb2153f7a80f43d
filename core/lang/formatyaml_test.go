package lang

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writer writes YAML as people do: with any indentation, spacing, comments and
// quotes.
type writer struct {
	*rand.Rand
	strings.Builder
	n int
}

func (w *writer) pick(all ...string) string { return all[w.IntN(len(all))] }

func (w *writer) end() {
	if w.n++; w.IntN(2) == 0 {
		fmt.Fprintf(w, "%s# note %d, \"quoted\"", w.pick(" ", "   "), w.n)
	}
	w.WriteString(w.pick("", "  ") + "\n" + w.pick("", "", "\n", "\n\n"))
}

func (w *writer) scalar(indent int) {
	deeper := strings.Repeat(" ", indent+1+w.IntN(3))
	switch w.IntN(8) {
	case 0:
		w.WriteString(" |\n" + deeper + "echo \"a\" # no note\n\n" + deeper + "  echo b\n")
		return
	case 1:
		w.WriteString("  >-\n" + deeper + "folded\n" + deeper + "text\n")
		return
	case 2:
		w.WriteString(" [a,  \"b # c\",\n" + deeper + "'d''e' ,f]")
	default:
		w.WriteString(w.pick(" ", "   ") + w.pick(`"caf\u00e9 \x41 \t"`, `'it''s # that'`, "^CT$", "1.10", `"a:  b"`, "x#y", "{A: \"1\",   B: '2'}", "http://a"))
	}
	w.end()
}

func (w *writer) note(indent int) {
	if w.IntN(4) == 0 {
		w.n++
		fmt.Fprintf(w, "%s# line %d\n", strings.Repeat(" ", indent), w.n)
	}
}

// fields writes a map; the first key may stand behind the dash of an item.
func (w *writer) fields(indent, depth int, behind bool) {
	for i := range 1 + w.IntN(3) {
		if !behind || i > 0 {
			w.note(indent)
			w.WriteString(strings.Repeat(" ", indent))
		}
		fmt.Fprintf(w, "key%d:", i)
		w.inner(indent, depth)
	}
}

func (w *writer) inner(indent, depth int) {
	switch choice := w.IntN(3); {
	case depth == 0 || choice == 0:
		w.scalar(indent)
	case choice == 1:
		w.end()
		w.fields(indent+1+w.IntN(4), depth-1, false)
	default:
		w.end()
		at, gap := indent+w.IntN(4), 1+w.IntN(3)
		for range 1 + w.IntN(3) {
			w.note(at)
			w.WriteString(strings.Repeat(" ", at) + "-")
			if w.IntN(2) == 0 {
				w.scalar(at)
				continue
			}
			w.WriteString(strings.Repeat(" ", gap))
			w.fields(at+1+gap, depth-1, true)
		}
	}
}

// TestFormatYAMLMovesLinesOnly formats what people may write, and finds each
// line as it was but for its spaces; what is formatted stays.
func TestFormatYAMLMovesLinesOnly(t *testing.T) {
	bare := func(text string) []string {
		var lines []string
		for line := range strings.Lines(text) {
			if line = strings.Join(strings.Fields(line), ""); line != "" {
				lines = append(lines, line)
			}
		}
		return lines
	}
	formatted := 0
	for seed := range uint64(500) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 1))}
		w.fields(0, 3, false)
		text := w.String()
		once, diags, err := FormatYAML(NewSource("a.yaml", []byte(text)))
		if diags.HasErrors() {
			t.Fatalf("seed %d is no YAML: %v\n%s", seed, diags, text)
		}
		if err != nil {
			t.Logf("seed %d: %v", seed, err)
			continue
		}
		formatted++
		if diff := cmp.Diff(bare(text), bare(string(once))); diff != "" {
			t.Fatalf("seed %d\n%s\n%s", seed, text, diff)
		}
		twice, _, err := FormatYAML(NewSource("a.yaml", once))
		if diff := cmp.Diff(string(once), string(twice)); diff != "" || err != nil {
			t.Fatalf("seed %d, again: %v\n%s", seed, err, diff)
		}
	}
	if formatted < 490 {
		t.Errorf("%d of 500 were formatted", formatted)
	}
}
