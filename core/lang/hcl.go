package lang

import (
	"maps"
	"os"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// HCL is how a file of HCL is read: [HCL.Parse] turns it into a map, attributes
// and blocks in the order of the file, blocks marked as such. Expressions are
// evaluated; a file with a mistake in its syntax gives no node, unless the
// mistake is confined to one value.
//
// A file may declare variables and locals, which it uses as var.NAME and
// local.NAME, and repeat a block with dynamic:
//
//	variable "folds" { default = 5 }
//	locals { image = "registry.local/seg:2" }
//	dynamic "model" {
//	  for_each = range(var.folds)
//	  labels   = ["fold${model.value}"]
//	  content { image = local.image }
//	}
//
// Variables, locals and functions are the file's own: files share none.
type HCL struct {
	// Variables are values for the file's variables, by name. They come before
	// those of the environment, RADDEPLOY_VAR_name, and those before the
	// defaults of the file.
	Variables map[string]string
	// Lookup gives the environment's variables; nil: those of this process.
	Lookup func(name string) (string, bool)
	// Reads says which attributes and blocks of the file itself are evaluated.
	// The others are there without what they hold. Nil: all.
	Reads func(name string) bool
	// Opened is called with each file that the function file reads, unless it is
	// nil, and not with what it may not read.
	Opened func(*Opened)
}

// ParseHCL reads a file of HCL as the zero [HCL] does.
func ParseHCL(src *Source) (*Node, Diagnostics) { return HCL{}.Parse(src) }

// Parse reads a file.
func (h HCL) Parse(src *Source) (*Node, Diagnostics) {
	if len(src.Text) > maxYAMLBytes {
		var d Diagnostics
		d.Errorf(src.Whole(), "", "the file has %d bytes, which is more than the %d that a configuration may have", len(src.Text), maxYAMLBytes)
		return nil, d
	}
	if h.Lookup == nil {
		h.Lookup = os.LookupEnv
	}
	if deep := tooDeep(src.Text); deep != nil {
		var d Diagnostics
		at := Range{Source: src, Start: src.position(deep.Start.Byte), End: src.position(deep.End.Byte)}
		d.Errorf(at, "write it simpler", "this is nested more than %d levels deep", maxYAMLDepth)
		return nil, d
	}
	r := &hclReader{HCL: h, src: src, unfolded: unfold(src.Text, src.Name), said: map[string]bool{}}
	file, diags := hclsyntax.ParseConfig(r.text, src.Name, hcl.InitialPos)
	if diags.HasErrors() && r.explainShell(diags) {
		return nil, r.diags
	}
	if diags.HasErrors() {
		r.explainSyntax(diags)
		if !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return !confined(d) }) {
			r.broken = diags
		} else {
			return nil, r.diags
		}
	}
	body := file.Body.(*hclsyntax.Body)
	r.shellNumbers(body)
	r.budget.meter(body)
	r.context = &hcl.EvalContext{Functions: r.functions()}
	r.scope(body)
	root := r.root(body)
	root.Range = src.Whole()
	if r.budget.exhausted() { // try has hidden it
		r.tooMuch(src.Whole())
	}
	return root, r.diags
}

// hclReader turns HCL's syntax tree into nodes.
type hclReader struct {
	HCL
	src *Source
	*unfolded
	context *hcl.EvalContext // of the block that is being read
	each    string           // in a dynamic block: which of its values it is about
	diags   Diagnostics
	said    map[string]bool // the complaints about each place
	count   int
	budget  budget
	full    bool            // too much has been read already
	broken  hcl.Diagnostics // mistakes of the syntax that leave the rest of the file as it is
}

func (r *hclReader) at(h hcl.Range) Range {
	if len(r.breaks) == 0 {
		return Range{Source: r.src, Start: r.src.position(h.Start.Byte), End: r.src.position(h.End.Byte)}
	}
	return Range{Source: r.src, Start: r.src.position(r.original(h.Start.Byte)), End: r.src.position(r.original(h.End.Byte))}
}

// root reads the file itself, without what it declares.
func (r *hclReader) root(b *hclsyntax.Body) *Node {
	n := &Node{Kind: Map}
	for _, a := range sortedAttributes(b) {
		p := Pair{Key: a.Name, At: r.at(a.NameRange), Value: &Node{Range: r.at(a.Expr.Range())}}
		if r.Reads == nil || r.Reads(a.Name) {
			p.Value = r.expression(a.Expr)
		}
		n.Pairs = append(n.Pairs, p)
	}
	for _, block := range b.Blocks {
		name := block.Type
		if name == "dynamic" && len(block.Labels) > 0 {
			name = block.Labels[0]
		}
		switch {
		case declares(block):
		case r.Reads == nil || r.Reads(name):
			r.block(n, block)
		default:
			p := r.head(block)
			p.Value = &Node{Kind: Map, Range: r.at(block.Body.SrcRange)}
			n.Pairs = append(n.Pairs, p)
		}
	}
	sortPairs(n)
	return n
}

func (r *hclReader) body(b *hclsyntax.Body) *Node {
	n := &Node{Kind: Map, Range: r.at(b.SrcRange)}
	for _, a := range sortedAttributes(b) {
		n.Pairs = append(n.Pairs, Pair{Key: a.Name, At: r.at(a.NameRange), Value: r.expression(a.Expr)})
	}
	for _, block := range b.Blocks {
		r.block(n, block)
	}
	sortPairs(n)
	return n
}

// block adds a block to the map that holds it, or several if it is dynamic.
func (r *hclReader) block(n *Node, block *hclsyntax.Block) {
	if block.Type == "dynamic" {
		r.dynamic(n, block)
		return
	}
	p := r.head(block)
	p.Value = r.body(block.Body)
	n.Pairs = append(n.Pairs, p)
}

// head returns a block without its content.
func (r *hclReader) head(block *hclsyntax.Block) Pair {
	p := Pair{Key: block.Type, At: r.at(block.TypeRange), Block: true}
	for i, label := range block.Labels {
		p.Labels = append(p.Labels, &Node{Kind: Scalar, Text: label, Range: r.at(block.LabelRanges[i])})
	}
	return p
}

// sortedAttributes returns a body's attributes in the order of the file, which
// their values are then read and complained about in.
func sortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(b.Attributes), func(a, b *hclsyntax.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
}

func sortPairs(n *Node) {
	slices.SortStableFunc(n.Pairs, func(a, b Pair) int { return comparePos(a.At.Start, b.At.Start) })
}

func comparePos(a, b Pos) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// HCLWords returns the names of the attributes and blocks at the top of a text,
// also of one that is broken further down, for those who have to tell what a
// file is before they read it.
func HCLWords(text []byte) []string {
	tokens, _ := hclsyntax.LexConfig(text, "", hcl.InitialPos)
	var words []string
	depth, fresh := 0, true
	for i, t := range tokens {
		// the last token is the end
		if depth == 0 && fresh && t.Type == hclsyntax.TokenIdent && tokens[i+1].Type != hclsyntax.TokenColon {
			words = append(words, string(t.Bytes))
		}
		depth = max(0, depth+nesting(t.Type))
		fresh = t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComment
	}
	return words
}
