package lang

import (
	"bytes"
	"errors"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// errNotFormatted says that a file cannot be written in another way without
// changing it.
var errNotFormatted = errors.New("it cannot be formatted without changing what it says, so it stays as it is")

// FormatHCL returns a text in HCL with the usual indentation and spacing.
// Nothing else changes: every word and comment stays. The diagnostics say why a
// text is no HCL; the error, that it cannot be formatted without changing it.
func FormatHCL(src *Source) ([]byte, Diagnostics, error) {
	r := &hclReader{src: src, unfolded: unfold(src.Text, src.Name), said: map[string]bool{}}
	if _, diags := hclsyntax.ParseConfig(r.text, src.Name, hcl.InitialPos); diags.HasErrors() {
		r.explainSyntax(diags)
		return nil, r.diags, nil
	}
	formatted := hclwrite.Format(bytes.ReplaceAll(src.Text, []byte("\r\n"), []byte("\n")))
	if text := bytes.TrimRight(formatted, " \n"); len(text) > 0 {
		formatted = append(text, '\n')
	}
	if !slices.EqualFunc(hclWords(src.Text), hclWords(formatted), bytes.Equal) {
		return nil, nil, errNotFormatted
	}
	return formatted, nil, nil
}

// hclWords returns what a text is made of, without the space between it.
func hclWords(text []byte) [][]byte {
	tokens, _ := hclsyntax.LexConfig(text, "", hcl.InitialPos)
	var words [][]byte
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComment {
			t.Bytes = bytes.TrimRight(t.Bytes, " \t\r\n")
		}
		if t.Type != hclsyntax.TokenNewline && t.Type != hclsyntax.TokenEOF {
			words = append(words, t.Bytes)
		}
	}
	return words
}

func hclComments(text []byte) int {
	tokens, _ := hclsyntax.LexConfig(text, "", hcl.InitialPos)
	n := 0
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComment {
			n++
		}
	}
	return n
}
