package lang

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// explainSyntax takes over what HCL says about the syntax of a file, of each
// kind of mistake and of each place the first, unless it is confined. A missing
// quote breaks every line after it, so that nothing after it is worth saying.
func (r *hclReader) explainSyntax(diags hcl.Diagnostics) {
	said := map[string]bool{}
	for _, d := range diags {
		place := ""
		if d.Subject != nil {
			place = d.Subject.String()
		}
		if confined(d) || !said[d.Summary] && !said[place] {
			r.explain(hcl.Diagnostics{d})
		}
		if d.Summary == openQuoteSummary {
			return
		}
		said[d.Summary], said[place] = true, true
	}
}

// explain takes over what HCL says about expressions. What it says about one
// place for each value of a dynamic block is said once.
func (r *hclReader) explain(diags hcl.Diagnostics) {
	for _, d := range diags {
		one := Diagnostic{Severity: Error, Range: r.src.Whole()}
		if d.Severity == hcl.DiagWarning {
			one.Severity = Warning
		}
		if d.Subject != nil {
			one.Range = r.at(*d.Subject)
		}
		if r.budget.exhausted() && (d.Summary == costsMuch || strings.Contains(d.Detail, errCost.Error())) {
			r.tooMuch(one.Range)
			continue
		}
		one.Summary, one.Hint = r.plainly(d)
		if d.Summary == openQuoteSummary {
			one.Range = r.src.openText(one.Range)
		}
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
	call          bool           // the function's name is to be said first
}

// openQuoteSummary is HCL's summary of a text that lacks its closing quote.
const openQuoteSummary = "Invalid multi-line string"

// redefinedSummary is HCL's summary of a setting that is there twice.
const redefinedSummary = "Attribute redefined"

// confined reports whether a mistake of the syntax leaves the rest of the file
// as it was meant: a setting that is there twice, or a template that is wrong
// inside of its quotes.
func confined(d *hcl.Diagnostic) bool {
	return d.Subject != nil && (d.Severity == hcl.DiagWarning || d.Summary == redefinedSummary || d.Summary == "Invalid template control keyword")
}

var placeOfFirst = regexp.MustCompile(`:(\d+),\d+`)

// firstLine puts the line of the file for that of the unfolded text into what
// HCL says about a setting that is there twice.
func (r *hclReader) firstLine(d *hcl.Diagnostic) string {
	return placeOfFirst.ReplaceAllStringFunc(d.Detail, func(place string) string {
		var line, column int
		if _, err := fmt.Sscanf(place, ":%d,%d", &line, &column); err != nil || len(r.breaks) == 0 {
			return place
		}
		offset := 0
		for range line - 1 {
			offset += bytes.IndexByte(r.text[offset:], '\n') + 1
		}
		return fmt.Sprintf(":%d,%d", r.src.position(r.original(offset)).Line, column)
	})
}

var plainWords = []said{
	{hcl: "Unsupported attribute", detail: regexp.MustCompile(`attribute named "([^"]*)"`), summary: "there is nothing called ${1} here"},
	{hcl: "Call to unknown function", detail: regexp.MustCompile(`There is no function named "([^"]*)"\. Did you mean "(.*)"\?`), summary: "there is no function ${1}", hint: suggest.DidYouMean("${2}", "")},
	{hcl: "Call to unknown function", detail: regexp.MustCompile(`There is no function named "([^"]*)"`), summary: "there is no function ${1}", hint: "docs/flows.md lists the functions"},
	{hcl: "Invalid function argument", detail: regexp.MustCompile(`(?s)Invalid value for "path" parameter: (".*)\.$`), summary: "${1}", call: true},
	{hcl: "Invalid function argument", detail: regexp.MustCompile(`(?s)Invalid value for "([^"]*)" parameter: (.*)\.$`), summary: "the argument ${1} is wrong: ${2}", call: true},
	{hcl: "Error in function call", detail: regexp.MustCompile(`(?s)Call to function "([^"]*)" failed: (.*)\.$`), summary: "${1} cannot be computed: ${2}"},
	{hcl: "Not enough function arguments", detail: regexp.MustCompile(`Function "([^"]*)" expects (?:at least |only )?(\d+) argument.*Missing value for "([^"]*)"`), summary: "${1} lacks its argument ${3}", hint: "it takes ${2}"},
	{hcl: "Too many function arguments", detail: regexp.MustCompile(`Function "([^"]*)" expects only (\d+) argument`), summary: "${1} is given too many arguments", hint: "it takes ${2}"},
	{hcl: "Invalid template control keyword", summary: "%{ begins a directive of HCL's templates, and there is none of that name", hint: "write %%{ for %{ itself"},
	{hcl: "Unexpected end of template", summary: "a directive of a template is never ended", hint: "end it with %{ endif } or %{ endfor }, or write %%{ for %{ itself"},
	{hcl: openQuoteSummary, summary: "the text that begins here does not end on its line", hint: `add its closing quote; a line break inside of a text is written \n`},
	{hcl: "Unterminated template string", summary: "a text is never closed", hint: "add its closing quote, or the word that ends a text which begins with <<"},
	{hcl: redefinedSummary, detail: regexp.MustCompile(`argument "([^"]*)" was already set at .*:(\d+),`), summary: "${1} is there twice", hint: "it stands in line ${2} already; remove one of them"},
	{hcl: "Invalid escape sequence", summary: "a backslash in a text needs a second one", hint: `write \\ for a backslash, as in "\\d+"`},
	{hcl: "Argument or block definition required", summary: "this is neither a setting nor a block", hint: `write name = value, or a block such as model "NAME" { … }; colons and dashes are YAML's`},
	{hcl: "Invalid block definition", detail: regexp.MustCompile(`equals sign`), summary: "a block has no =", hint: `write model "NAME" { … } without =`},
	{hcl: "Invalid block definition", summary: "this is neither a setting nor a block", hint: `write name = value, or a block such as model "NAME" { … }`},
	{hcl: "Invalid argument name", summary: "a setting's name stands without quotes", hint: `write name = value; a tag that is no word stands in tags = { "0008,0060" = "CT" }`},
	{hcl: "Invalid string literal", summary: "nothing can be computed in this text", hint: "write a text without ${ }; $${ means ${ itself"},
	{hcl: "Missing item separator", summary: "a comma or the closing bracket is missing before this", hint: "write the values of a list as [a, b], with a comma between them"},
	{hcl: "Missing attribute separator", summary: "a comma, a new line or the closing brace is missing before this", hint: "write a map as { a = 1, b = 2 }"},
	{hcl: "Invalid character", detail: regexp.MustCompile(`quotes|single quote`), summary: "these are not the right quotes", hint: `put texts between straight double quotes: "text"`},
	{hcl: "Invalid character", summary: "this character means nothing here", hint: "put texts into quotes"},
	{hcl: "Unclosed configuration block", summary: "the block that begins here is never closed", hint: "add its }"},
	{hcl: "Missing newline after argument", summary: "one setting ends here, and something follows on the line", hint: "begin a new line for the next setting"},
	{hcl: "Missing newline after block definition", summary: "a block ends here, and something follows on the line", hint: "begin a new line, or remove a } too many"},
	{hcl: "Invalid operand", detail: regexp.MustCompile(`(?s)Unsuitable value for (left|right) operand: (.*)\.$`), summary: "this cannot be computed: ${2}", hint: "texts are put together as \"$${a}$${b}\""},
	{hcl: "Invalid index", detail: regexp.MustCompile(`(?s)collection value`), summary: "the list or map has no such element"},
	{hcl: costsMuch, detail: regexp.MustCompile(`(.*)`), summary: "${1}", hint: "write it shorter"},
	{hcl: "Attempt to get attribute from null value", summary: "this is taken from nothing"},
}

// plainly says what HCL says in the words of this program.
func (r *hclReader) plainly(d *hcl.Diagnostic) (summary, hint string) {
	if summary, hint, ok := r.aboutName(d); ok {
		return summary, hint
	}
	for _, w := range plainWords {
		if w.hcl != d.Summary {
			continue
		}
		if w.detail == nil {
			return w.summary, w.hint
		}
		detail := d.Detail
		if d.Summary == redefinedSummary {
			detail = r.firstLine(d)
		}
		if m := w.detail.FindStringSubmatchIndex(detail); m != nil {
			fill := func(template string) string { return string(w.detail.ExpandString(nil, template, detail, m)) }
			if call, ok := d.Expression.(*hclsyntax.FunctionCallExpr); ok && w.call {
				return call.Name + ": " + fill(w.summary), fill(w.hint)
			}
			return fill(w.summary), fill(w.hint)
		}
	}
	return strings.ToLower(d.Summary[:1]) + d.Summary[1:], d.Detail
}

// aboutName explains a name that nothing has. The most usual reason is a
// variable of a shell in a command.
func (r *hclReader) aboutName(d *hcl.Diagnostic) (summary, hint string, ok bool) {
	e, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	if !ok || d.Summary != "Variables not allowed" && d.Summary != "Unknown variable" && d.Summary != "Unsupported attribute" {
		return "", "", false
	}
	name, group := e.Traversal.RootName(), ""
	step, attribute := hcl.TraverseAttr{}, false
	if len(e.Traversal) > 1 {
		step, attribute = e.Traversal[1].(hcl.TraverseAttr)
	}
	shell := r.inBraces(e.Range().Start.Byte)
	switch {
	case attribute && (name == "var" || name == "local" || d.Summary == "Unsupported attribute"):
		group, name = name, step.Name
	case r.declared(d.EvalContext, name) != "":
		return "there is no variable " + name, suggest.DidYouMean(r.declared(d.EvalContext, name), ""), true
	case shell != "" && len(e.Traversal) == 1:
		return "there is no variable " + name, "write $" + shell + " if the shell in the container is to see " + shell, true
	}
	known := inScope(d.EvalContext, group)
	switch group {
	case "":
		return "there is no variable " + name, suggest.Hint(name, known, "put it into quotes if it is meant as text; what the file declares is called var.name and local.name"), true
	case "var":
		return "the file declares no variable " + name, suggest.Hint(name, known, "add variable \""+name+"\" { default = … }"), true
	case "local":
		return "the file has no local " + name, suggest.Hint(name, known, "add locals { "+name+" = … }"), true
	}
	return "there is no " + group + "." + name, suggest.Hint(name, known, "what there is: "+strings.Join(known, ", ")), true
}

// declared returns how the file has to call a variable or local of that name,
// or "".
func (r *hclReader) declared(c *hcl.EvalContext, name string) string {
	for _, group := range []string{"var", "local"} {
		if slices.Contains(inScope(c, group), name) {
			return group + "." + name
		}
	}
	return ""
}

// inScope returns the names that expressions can use, or those below one of them.
func inScope(c *hcl.EvalContext, group string) []string {
	var known []string
	for ; c != nil; c = c.Parent() {
		for word, v := range c.Variables {
			switch {
			case group == "":
				known = append(known, word)
			case word == group && v.CanIterateElements():
				for it := v.ElementIterator(); it.Next(); {
					key, _ := it.Element()
					known = append(known, key.AsString())
				}
			}
		}
	}
	slices.Sort(known)
	return known
}

// openText returns the range of a text in double quotes that is not closed by
// the end of its line, given a place on that line.
func (s *Source) openText(r Range) Range {
	runes := s.characters(r.Start.Line)
	for i := 0; i < len(runes); i++ {
		if runes[i] != '"' {
			continue
		}
		length := quotedLength(runes[i:])
		if length == 0 {
			return Range{Source: s, Start: Pos{r.Start.Line, i + 1}, End: Pos{r.Start.Line, len(runes) + 1}}
		}
		i += length - 1
	}
	return r
}
