package cli

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// caseJSON is a case for programs.
type caseJSON struct {
	ID       string `json:"id"`
	Contract string `json:"contract"`
	Read     string `json:"read"`
	Required bool   `json:"required"`
}

// resultJSON is how a case went.
type resultJSON struct {
	caseJSON
	State    string   `json:"state"`
	Findings []string `json:"findings"`
	Seconds  float64  `json:"seconds"`
	Logs     string   `json:"logs,omitempty"`
}

func caseAsJSON(c conformance.Case) caseJSON { return caseJSON{c.Name, c.Contract, c.Read, c.Required} }

// asJSON has the results in the order of the suite's cases.
func (c *checking) asJSON() []resultJSON {
	shown := []resultJSON{}
	for _, r := range c.inOrder() {
		shown = append(shown, resultJSON{caseAsJSON(r.Case), r.State.String(), append([]string{}, r.Findings...), r.Took.Seconds(), r.Logs})
	}
	return shown
}

// list says which cases there are.
func (c *pluginCheckCommand) list(cases []conformance.Case, asJSON, verbose bool) int {
	if asJSON {
		shown := []caseJSON{}
		for _, one := range cases {
			shown = append(shown, caseAsJSON(one))
		}
		return c.printJSON(shown)
	}
	for _, one := range cases {
		fmt.Fprintf(c.out, "%s  %s\n", standing(one), one.Name)
		if verbose {
			c.explain(one)
		}
	}
	return exitOK
}

// junitSuite is what continuous integration reads of a run of tests.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Seconds  string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Group   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Seconds string      `xml:"time,attr"`
	Failure *junitCause `xml:"failure"`
	Error   *junitCause `xml:"error"`
	Skipped *junitCause `xml:"skipped"`
}

type junitCause struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes the results to a file. Away is why the plugin, or its
// backend, could not be used, or nil.
func (c *checking) writeJUnit(away error) error {
	suite := junitSuite{
		Name:     c.description.Name + " " + c.description.Version,
		Tests:    len(c.results),
		Failures: c.count(conformance.Failed, anyCase),
		Skipped:  c.count(conformance.NotOffered, anyCase) + c.count(conformance.NotAsked, anyCase),
		Seconds:  seconds(time.Since(c.began)),
	}
	for _, r := range c.inOrder() {
		one := junitCase{Group: r.Group(), Name: r.Name, Seconds: seconds(r.Took)}
		switch r.State {
		case conformance.Failed:
			one.Failure = &junitCause{Message: strings.Join(r.Findings, "; "), Text: r.String()}
		case conformance.NotOffered, conformance.NotAsked:
			one.Skipped = &junitCause{Message: r.State.String() + ": " + strings.Join(r.Findings, "; ")}
		}
		suite.Cases = append(suite.Cases, one)
	}
	if away != nil {
		suite.Tests, suite.Errors = suite.Tests+1, 1
		suite.Cases = append(suite.Cases, junitCase{Group: "backend", Name: "backend/works", Seconds: "0", Error: &junitCause{Message: away.Error()}})
	}
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return fmt.Errorf("write the results as JUnit: %w", err)
	}
	if err := os.WriteFile(c.junit, append([]byte(xml.Header), append(text, '\n')...), 0o644); err != nil {
		return fmt.Errorf("write the results as JUnit: %w", err)
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
