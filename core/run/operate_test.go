package run

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The guide for operators names each state with its meaning, and says what to do.
func TestOperatorsKnowEachState(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	section := func(title string) string {
		_, rest, _ := strings.Cut(guide, "**"+title+"**")
		section, _, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n\n")
		return section
	}
	known(t, section("Arrivals"), arrivalStates)
	known(t, section("Runs"), runStates)
	known(t, section("Tasks"), taskStates)
	known(t, section("Deliveries"), deliveryStates)
}

func known[S ~string](t *testing.T, section string, states table[S]) {
	t.Helper()
	for _, s := range states {
		if row := fmt.Sprintf("| `%s` | %s | ", s.state, s.meaning); !strings.Contains(section, row) {
			t.Errorf("docs/operate.md has no row %s", row)
		}
	}
	if rows := strings.Count(section, "\n"); rows != len(states)+1 {
		t.Errorf("docs/operate.md has %d lines below a table's head for %d states:\n%s", rows-1, len(states), section)
	}
}
