package lang

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// explainSyntax takes over what HCL says about the syntax of a file, of each kind of mistake the first: a missing quote breaks every line
// after it.
func (r *hclReader) explainSyntax(diags hcl.Diagnostics) {
	said := map[string]bool{}
	for _, d := range diags {
		if !said[d.Summary] {
			said[d.Summary] = true
			r.explain(hcl.Diagnostics{d})
		}
	}
}

// explain takes over what HCL says about expressions. What it says about one place for each value of a dynamic block is said once.
func (r *hclReader) explain(diags hcl.Diagnostics) {
	for _, d := range diags {
		one := Diagnostic{Severity: Error, Range: r.src.Whole()}
		if d.Severity == hcl.DiagWarning {
			one.Severity = Warning
		}
		if d.Subject != nil {
			one.Range = r.at(*d.Subject)
		}
		one.Summary, one.Hint = plainly(d)
		key := one.Range.String() + one.Summary
		if r.said[key] {
			continue
		}
		r.said[key] = true
		if r.each != "" {
			one.Hint = strings.TrimPrefix(one.Hint+" (where "+r.each+")", " ")
		}
		r.diags = append(r.diags, one)
	}
}

// said is how to say what HCL says, for people who write flows and not HCL.
type said struct {
	hcl           string         // HCL's summary
	detail        *regexp.Regexp // what HCL's detail has to match; nil: anything
	summary, hint string         // with ${1} for what the detail's groups have matched
}

var plainWords = []said{
	{"Variables not allowed", nil, "a name stands where a value is expected", `put a text into quotes; what is computed is called var.name or local.name, and the file has neither`},
	{"Unknown variable", regexp.MustCompile(`There is no variable named "([^"]*)"\. (Did you mean .*)`), "there is no variable ${1}", "${2}"},
	{"Unknown variable", regexp.MustCompile(`There is no variable named "([^"]*)"`), "there is no variable ${1}", "put it into quotes if it is meant as text; what the file declares is called var.name and local.name"},
	{"Unsupported attribute", regexp.MustCompile(`attribute named "([^"]*)"\. (Did you mean .*)`), "there is nothing called ${1} here", "${2}"},
	{"Unsupported attribute", regexp.MustCompile(`attribute named "([^"]*)"`), "there is nothing called ${1} here", `declare it: variable "${1}" { default = … }, or locals { ${1} = … }`},
	{"Call to unknown function", regexp.MustCompile(`There is no function named "([^"]*)"\. (Did you mean .*)`), "there is no function ${1}", "${2}"},
	{"Call to unknown function", regexp.MustCompile(`There is no function named "([^"]*)"`), "there is no function ${1}", "docs/flows.md lists the functions"},
	{"Invalid function argument", regexp.MustCompile(`(?s)Invalid value for "([^"]*)" parameter: (.*)\.$`), "the argument ${1} is wrong: ${2}", ""},
	{"Error in function call", regexp.MustCompile(`(?s)Call to function "([^"]*)" failed: (.*)\.$`), "${1} cannot be computed: ${2}", ""},
	{"Not enough function arguments", regexp.MustCompile(`Function "([^"]*)" expects (?:at least |only )?(\d+) argument.*Missing value for "([^"]*)"`), "${1} lacks its argument ${3}", "it takes ${2}"},
	{"Too many function arguments", regexp.MustCompile(`Function "([^"]*)" expects only (\d+) argument`), "${1} is given too many arguments", "it takes ${2}"},
	{"Invalid multi-line string", nil, "the text that begins on this line does not end on it", `add its closing quote; a line break inside of a text is written \n`},
	{"Unterminated template string", nil, "a text is never closed", "add its closing quote"},
	{"Attribute redefined", regexp.MustCompile(`argument "([^"]*)" was already set at .*:(\d+),`), "${1} is there twice", "it stands in line ${2} already; remove one of them"},
	{"Invalid escape sequence", nil, "a backslash in a text needs a second one", `write \\ for a backslash, as in "\\d+"`},
	{"Invalid block definition", regexp.MustCompile(`consist of a block type`), "this is neither a setting nor a block", `write name = value, or name "label" { … }`},
	{"Invalid argument name", nil, "this is no name", "write name = value; a tag that is no word of letters stands in quotes in tags = { … }"},
	{"Unclosed configuration block", nil, "the block that begins here is never closed", "add its }"},
	{"Missing newline after argument", nil, "one setting ends here, and something follows on the line", "begin a new line for the next setting"},
	{"Missing newline after block definition", nil, "a block ends here, and something follows on the line", "begin a new line"},
}

// plainly says what HCL says in the words of this program.
func plainly(d *hcl.Diagnostic) (summary, hint string) {
	for _, w := range plainWords {
		if w.hcl != d.Summary {
			continue
		}
		if w.detail == nil {
			return w.summary, w.hint
		}
		if m := w.detail.FindStringSubmatchIndex(d.Detail); m != nil {
			fill := func(template string) string { return string(w.detail.ExpandString(nil, template, d.Detail, m)) }
			return fill(w.summary), fill(w.hint)
		}
	}
	return strings.ToLower(d.Summary[:1]) + d.Summary[1:], d.Detail
}
