package lang

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// HCL lets a block that stands on one line have one argument. Site files are
// easier to read with several:
//
//	destination "pacs" { host = "pacs.local"  port = 104  ae_title = "PACS" }
//
// So line breaks are put into such blocks before HCL sees them, and places are
// counted back afterwards.

// unfolded is a text with line breaks put in.
type unfolded struct {
	text []byte
	// the places in the original text before which a line break was put, in
	// ascending order
	breaks []int
}

// original returns where a byte of the unfolded text is in the original.
func (u *unfolded) original(offset int) int {
	for i, at := range u.breaks { // a break is at at+i in the unfolded text
		if at+i >= offset {
			return offset - i
		}
	}
	return offset - len(u.breaks)
}

// unfold puts in the line breaks. A text that it does not understand stays as
// it is, for HCL to complain about.
func unfold(text []byte, name string) *unfolded {
	tokens, diags := hclsyntax.LexConfig(text, name, hcl.InitialPos)
	if diags.HasErrors() {
		return &unfolded{text: text}
	}
	tokens = slices.DeleteFunc(tokens, func(t hclsyntax.Token) bool {
		return t.Type == hclsyntax.TokenComment && t.Bytes[len(t.Bytes)-1] != '\n'
	})
	u := &unfolder{tokens: tokens}
	for u.i < len(tokens) {
		u.statement(false)
	}
	out := &unfolded{breaks: u.breaks}
	plain := slices.Clone(text)
	for _, c := range u.commas {
		plain[c] = ' '
	}
	last := 0
	for _, b := range u.breaks {
		out.text = append(append(out.text, plain[last:b]...), '\n')
		last = b
	}
	out.text = append(out.text, plain[last:]...)
	return out
}

// unfolder walks over the tokens of a file, statement by statement.
type unfolder struct {
	tokens hclsyntax.Tokens
	i      int
	breaks []int
	commas []int
}

func (u *unfolder) peek(n int) hclsyntax.TokenType {
	if u.i+n < len(u.tokens) {
		return u.tokens[u.i+n].Type
	}
	return hclsyntax.TokenEOF
}

// statement passes over one attribute, one block or one token that is neither.
// oneLine says that it stands in a block on one line.
func (u *unfolder) statement(oneLine bool) {
	if u.peek(0) != hclsyntax.TokenIdent {
		u.i++
		return
	}
	if u.peek(1) == hclsyntax.TokenEqual {
		u.i += 2
		u.expression(oneLine)
		return
	}
	for u.i++; u.peek(0) == hclsyntax.TokenIdent || isQuote(u.peek(0)); {
		u.i++
	}
	if u.peek(0) == hclsyntax.TokenOBrace {
		u.block()
	}
}

func isQuote(t hclsyntax.TokenType) bool {
	return t == hclsyntax.TokenOQuote || t == hclsyntax.TokenQuotedLit || t == hclsyntax.TokenCQuote
}

// block passes over a block's body, from its opening brace to behind its
// closing one.
func (u *unfolder) block() {
	closing := u.closing()
	oneLine := closing >= 0 && u.tokens[closing].Range.Start.Line == u.tokens[u.i].Range.Start.Line
	if closing < 0 {
		closing = len(u.tokens)
	}
	u.i++
	first := true
	for u.i < closing {
		if oneLine && u.peek(0) == hclsyntax.TokenComma && !first {
			u.commas = append(u.commas, u.tokens[u.i].Range.Start.Byte)
			u.i++
			continue
		}
		if oneLine {
			u.breaks = append(u.breaks, u.tokens[u.i].Range.Start.Byte)
		}
		first = false
		u.statement(oneLine)
	}
	if oneLine && !first {
		u.breaks = append(u.breaks, u.tokens[closing].Range.Start.Byte)
	}
	u.i = min(closing+1, len(u.tokens))
}

// closing returns the token that closes the brace at the present one, or -1.
func (u *unfolder) closing() int {
	depth := 0
	for i := u.i; i < len(u.tokens); i++ {
		switch depth += nesting(u.tokens[i].Type); {
		case depth == 0:
			return i
		case depth < 0:
			return -1
		}
	}
	return -1
}

// nesting says by how much a token changes the depth of brackets.
func nesting(t hclsyntax.TokenType) int {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return 1
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
		return -1
	}
	return 0
}

// expression passes over a value: to the end of the line or, in a block on one
// line, to where the next statement begins.
func (u *unfolder) expression(oneLine bool) {
	for depth := 0; u.i < len(u.tokens); u.i++ {
		t := u.peek(0)
		if depth == 0 {
			next := u.peek(1)
			switch {
			case t == hclsyntax.TokenNewline, t == hclsyntax.TokenCBrace, t == hclsyntax.TokenComment, oneLine && t == hclsyntax.TokenComma:
				return
			case oneLine && t == hclsyntax.TokenIdent && (next == hclsyntax.TokenEqual || next == hclsyntax.TokenOBrace || next == hclsyntax.TokenOQuote):
				return
			}
		}
		depth += nesting(t)
	}
}
