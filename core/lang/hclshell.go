package lang

import (
	"bytes"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// What a shell makes of its parameters (POSIX.1-2017, Shell Command Language
// §2.6.2, and bash's) stands in the same ${ } as an expression of HCL. Some of it
// is a mistake in HCL's syntax, also one far below, because # and // begin
// comments; some means something else.

// shellParameter is a parameter with an operator that HCL does not have, or one
// that has no name.
var shellParameter = regexp.MustCompile(`\$\{(?:[#!]?[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]\n]*\])?(?:##?|%%?|:?[-=+?]|:|//?|\^\^?|,,?|~~?|@)[^}\n]*|[A-Za-z_][A-Za-z0-9_]*\[[@*]\]|[#!][A-Za-z_][A-Za-z0-9_]*(?:\[[@*]\])?|[@*#?$!-]|[0-9]+[^}\n]*)\}`)

// explainShell reports the first place that looks like a shell's parameter, in a
// file whose syntax HCL does not understand.
func (r *hclReader) explainShell(diags hcl.Diagnostics) bool {
	last := 0 // HCL gives up below the mistake, not above it
	for _, d := range diags {
		if d.Subject != nil {
			last = max(last, d.Subject.End.Byte)
		}
	}
	for _, at := range shellParameter.FindAllIndex(r.text, -1) {
		line := r.text[bytes.LastIndexByte(r.text[:at[0]], '\n')+1 : at[0]]
		indented := bytes.TrimSpace(line)
		comment := bytes.HasPrefix(indented, []byte("#")) || bytes.HasPrefix(indented, []byte("//"))
		if comment || bytes.HasSuffix(line, []byte("$")) || at[0] > last || understood(r.text[at[0]+2:at[1]-1]) {
			continue
		}
		r.sayShell(at[0], at[1])
		return true
	}
	return false
}

// understood reports whether HCL knows what to make of what stands in ${ }.
func understood(inside []byte) bool {
	_, diags := hclsyntax.ParseExpression(inside, "", hcl.InitialPos)
	return !diags.HasErrors() && !bytes.ContainsAny(inside, "#/")
}

func (r *hclReader) sayShell(start, end int) {
	at := r.at(hcl.Range{Start: hcl.Pos{Byte: start}, End: hcl.Pos{Byte: end}})
	r.diags.Errorf(at, "write $"+string(r.text[start:end])+" if the shell in the container is to see it", "%s is computed here, and is no expression", r.text[start:end])
}

// shellNumbers reports each ${1}, which would be 1 and no argument of a shell.
func (r *hclReader) shellNumbers(body *hclsyntax.Body) {
	number := func(e hclsyntax.Expression) {
		if literal, ok := e.(*hclsyntax.LiteralValueExpr); ok && literal.Val.Type() == cty.Number {
			start, end := literal.SrcRange.Start.Byte, literal.SrcRange.End.Byte
			if bytes.HasSuffix(r.text[:start], []byte("${")) && bytes.HasPrefix(r.text[end:], []byte("}")) {
				r.sayShell(start-2, end+1)
			}
		}
	}
	_ = hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		switch n := node.(type) {
		case *hclsyntax.TemplateExpr:
			for _, part := range n.Parts {
				number(part)
			}
		case *hclsyntax.TemplateWrapExpr:
			number(n.Wrapped)
		}
		return nil
	})
}

// oneWord is what stands before a name in ${ }, as far as a shell would take it for
// one word.
var oneWord = regexp.MustCompile(`\$\{[A-Za-z0-9_/%+!.-]*$`)

// inBraces returns the ${ } that a name stands in, as it is written, or "".
func (r *hclReader) inBraces(name int) string {
	line := r.text[bytes.LastIndexByte(r.text[:name], '\n')+1 : name]
	begun := oneWord.FindIndex(line)
	end := bytes.IndexAny(r.text[name:], "}\n \"")
	if begun == nil || end < 0 || r.text[name+end] != '}' {
		return ""
	}
	return string(line[begun[0]:]) + string(r.text[name:name+end+1])
}
