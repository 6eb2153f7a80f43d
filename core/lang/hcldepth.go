package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// tooDeep returns where a text nests deeper than a configuration may, or nil.
// HCL's parser calls itself for each level, and a stack that overflows ends the
// program.
func tooDeep(text []byte) *hcl.Range {
	// its complaints are the parser's, too
	tokens, _ := hclsyntax.LexConfig(text, "", hcl.InitialPos)
	depth, signs, choices := 0, 0, 0
	for _, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth = max(0, depth-1)
		case hclsyntax.TokenQuestion: // a choice's last part may be a choice
			choices++
		case hclsyntax.TokenNewline:
			if depth == 0 {
				choices = 0
			}
		}
		switch token.Type {
		case hclsyntax.TokenMinus, hclsyntax.TokenBang:
			signs++
		default:
			signs = 0
		}
		if max(depth, signs, choices) > maxYAMLDepth {
			return &token.Range
		}
	}
	return nil
}
