package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// checking is one run of the suite.
type checking struct {
	base
	quiet, verbose bool
	config         string // path of the file with the configuration; "": none
	junit          string // path of the file for the results; "": none
	cases          []conformance.Case
	description    sdk.Description

	began   time.Time
	results []conformance.Result
}

func (c *checking) run(suite conformance.Suite) int {
	c.began = time.Now()
	err := suite.Check(c.ctx, func(r conformance.Result) {
		if c.ctx.Err() != nil { // it was broken off, which says nothing about the plugin
			return
		}
		c.results = append(c.results, r)
		if !c.quiet {
			c.show(r)
		}
	})
	if c.ctx.Err() != nil {
		return c.complain(errInterrupted)
	}
	var refused *sdk.Error
	if errors.As(err, &refused) && len(refused.Diagnostics) > 0 {
		return c.refused(refused.Diagnostics)
	}
	if c.quiet {
		c.printJSON(c.asJSON())
	} else if len(c.results) > 0 {
		c.sum(err)
	}
	if c.junit != "" {
		if err := c.writeJUnit(err); err != nil {
			return c.complain(err)
		}
	}
	if err != nil {
		return c.complain(fmt.Errorf("check %s: %w", suite.Program, err))
	}
	if c.count(conformance.Failed, anyCase) > 0 {
		return exitNegative
	}
	return exitOK
}

// show prints a result, behind how many there are and how long the others may
// take.
func (c *checking) show(r conformance.Result) {
	fmt.Fprintf(c.out, "[%s] %s\n", countdown(len(c.results), len(c.cases), time.Since(c.began)), r)
	if c.verbose && r.State != conformance.Failed {
		c.explain(r.Case)
	}
}

// explain prints what a case holds an executor to.
func (b *base) explain(one conformance.Case) {
	fmt.Fprintf(b.out, "  the contract says: %s\n  where to read:     %s\n", one.Contract, one.Read)
}

// countdown says how many of all cases are done, and about how long the rest
// takes if it goes on like this: once it can be guessed at all.
func countdown(done, all int, took time.Duration) string {
	text := fmt.Sprintf("%*d/%d", len(fmt.Sprint(all)), done, all)
	if rest := all - done; rest > 0 && 10*done >= all {
		left := took * time.Duration(rest) / time.Duration(done)
		text += fmt.Sprintf(", about %v left", max(time.Second, left.Round(time.Second)))
	}
	return text
}

// Which cases are counted.
func anyCase(conformance.Case) bool    { return true }
func required(c conformance.Case) bool { return c.Required }
func optional(c conformance.Case) bool { return !c.Required }

func (c *checking) count(state conformance.State, which func(conformance.Case) bool) (n int) {
	for _, r := range c.results {
		if r.State == state && which(r.Case) {
			n++
		}
	}
	return n
}

// sum prints the verdict: on what every executor must keep, and on what is
// optional. Away is why the backend could not be used, or nil.
func (c *checking) sum(away error) {
	verdict := "keeps the contract"
	failed, unasked := c.count(conformance.Failed, required), c.count(conformance.NotAsked, required)
	switch all := len(conformance.Cases()); {
	case failed > 0:
		verdict = "does not keep the contract"
	case c.count(conformance.Failed, optional) > 0:
		verdict = "keeps what is required, and not what it offers besides"
	case away != nil:
		verdict = "was asked only what needs no backend"
	case len(c.results) < all:
		verdict = fmt.Sprintf("keeps what was chosen of the %d cases", all)
	case unasked > 0:
		verdict = "keeps the contract as far as it was asked"
	}
	fmt.Fprintf(c.out, "\n%s %s %s, in %v\n", c.description.Name, c.description.Version, verdict, time.Since(c.began).Round(time.Second))
	c.tally("required", required)
	c.tally("optional", optional)
	for _, r := range c.results {
		if r.State == conformance.Failed {
			fmt.Fprintf(c.out, "  failed: %s (%s)\n", r.Name, standing(r.Case))
		}
	}
	if unasked > 0 && away == nil {
		fmt.Fprintf(c.out, "  not asked, though required: %s\n", strings.Join(c.named(conformance.NotAsked, required), ", "))
	}
}

func standing(c conformance.Case) string {
	if c.Required {
		return "required"
	}
	return "optional"
}

// tally prints how the cases of one kind went.
func (c *checking) tally(kind string, which func(conformance.Case) bool) {
	var counts []string
	for _, state := range []conformance.State{conformance.Passed, conformance.Failed, conformance.NotOffered, conformance.NotAsked} {
		counts = append(counts, fmt.Sprintf("%d %s", c.count(state, which), state))
	}
	fmt.Fprintf(c.out, "  %s: %s\n", kind, strings.Join(counts, ", "))
}

// named lists the cases of one kind that went so, in the order of the suite.
func (c *checking) named(state conformance.State, which func(conformance.Case) bool) (names []string) {
	for _, r := range c.inOrder() {
		if r.State == state && which(r.Case) {
			names = append(names, r.Name)
		}
	}
	return names
}

// inOrder are the results in the order of the suite's cases.
func (c *checking) inOrder() (sorted []conformance.Result) {
	for _, one := range c.cases {
		for _, r := range c.results {
			if r.Name == one.Name {
				sorted = append(sorted, r)
			}
		}
	}
	return sorted
}
