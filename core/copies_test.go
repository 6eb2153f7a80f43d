package core_test

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// These functions find copies of rules in the syntax tree.

func nodes(of ast.Node) (all []ast.Node) {
	ast.Inspect(of, func(n ast.Node) bool {
		if n != nil {
			all = append(all, n)
		}
		return true
	})
	return all
}

// isText reports whether a node is a string that passes.
func isText(n ast.Node, pass func(string) bool) bool {
	text, ok := textOf(n)
	return ok && pass(text)
}

func textOf(n ast.Node) (string, bool) {
	literal, ok := n.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING && literal.Kind != token.CHAR {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

func imports(n ast.Node, module string) bool {
	spec, ok := n.(*ast.ImportSpec)
	return ok && isText(spec.Path, func(s string) bool { return inside(s, module) })
}

// likeAnID reports whether a regular expression accepts ids, or names of
// plugins, and what is like them, but nothing else.
func likeAnID(pattern string) bool {
	if !strings.HasPrefix(pattern, "^") || !strings.HasSuffix(pattern, "$") {
		return false
	}
	re, err := regexp.Compile(pattern)
	refuses := func(s string) bool { return !re.MatchString(s) }
	return err == nil && !slices.ContainsFunc([]string{"a", "a1", "a-1", "a--b", "a-"}, refuses) &&
		!slices.ContainsFunc([]string{"", "A", "a b", "a/b", "a_b", "a.b", "a="}, re.MatchString)
}

// suffixes reports whether a node lists the suffixes of sizes: as a string, the
// elements of a list or a map, or the cases of a switch.
func suffixes(n ast.Node) bool {
	if isText(n, func(s string) bool { return strings.Contains(strings.ToLower(s), "kmg") }) {
		return true
	}
	var parts []ast.Expr
	switch n := n.(type) {
	case *ast.CompositeLit:
		for _, element := range n.Elts {
			for _, n := range nodes(element) {
				if literal, ok := n.(*ast.BasicLit); ok {
					parts = append(parts, literal)
				}
			}
		}
	case *ast.SwitchStmt:
		for _, clause := range n.Body.List {
			parts = append(parts, clause.(*ast.CaseClause).List...)
		}
	}
	units := map[string]bool{}
	for _, part := range parts {
		if text, ok := textOf(part); ok && len(text) > 0 && len(text) <= 3 {
			suffix := strings.ToLower(text)
			if rest := suffix[1:]; rest == "" || rest == "b" || rest == "ib" {
				units[suffix[:1]] = true
			}
		}
	}
	return units["k"] && units["g"]
}

func calls(n ast.Node, pkg, function string) bool {
	call, ok := n.(*ast.CallExpr)
	return ok && types.ExprString(call.Fun) == pkg+"."+function
}

// comparesLetters reports whether a node takes the least of what the steps of an
// edit distance cost, or is a function with that name.
func comparesLetters(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return regexp.MustCompile(`(?i)levenshtein|damerau|editdistance`).MatchString(n.Name.Name)
	case *ast.CallExpr:
		return types.ExprString(n.Fun) == "min" && len(n.Args) == 3 &&
			len(slices.DeleteFunc(slices.Clone(n.Args), func(arg ast.Expr) bool {
				sum, ok := arg.(*ast.BinaryExpr)
				return !ok || sum.Op != token.ADD
			})) >= 2
	}
	return false
}

func selects(n ast.Node, field string) bool {
	selector, ok := n.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == field
}

// comparesField reports whether a node compares a field with "".
func comparesField(n ast.Node, field string) bool {
	comparison, ok := n.(*ast.BinaryExpr)
	return ok && (comparison.Op == token.EQL || comparison.Op == token.NEQ) && selects(comparison.X, field) &&
		isText(comparison.Y, func(s string) bool { return s == "" })
}

// gathersTags reports whether a loop asks of tags whether they mean the sender.
func gathersTags(n ast.Node) bool {
	loop, ok := n.(*ast.RangeStmt)
	return ok && slices.ContainsFunc(nodes(loop.Body), func(n ast.Node) bool { return comparesField(n, "Sender") })
}

// literalOf reports whether a node is a composite literal of a type.
func literalOf(n ast.Node, pkg, name string) bool {
	literal, ok := n.(*ast.CompositeLit)
	return ok && literal.Type != nil && types.ExprString(literal.Type) == pkg+"."+name
}

// searchesDestinations reports whether a node goes through destinations and
// compares their names with one that is not a constant.
func searchesDestinations(n ast.Node) bool {
	var body ast.Node
	switch n := n.(type) {
	case *ast.RangeStmt:
		if selects(n.X, "Destinations") {
			body = n.Body
		}
	case *ast.CallExpr:
		if len(n.Args) == 2 && selects(n.Args[0], "Destinations") {
			body = n.Args[1]
		}
	}
	return body != nil && slices.ContainsFunc(nodes(body), func(n ast.Node) bool {
		comparison, ok := n.(*ast.BinaryExpr)
		if !ok || comparison.Op != token.EQL || !selects(comparison.X, "Name") {
			return false
		}
		_, constant := comparison.Y.(*ast.BasicLit)
		return !constant
	})
}

// joins reports whether a node makes a path with one of these elements.
func joins(n ast.Node, elements ...string) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || !slices.Contains([]string{"Join", "Data"}, nameOf(call.Fun)) {
		return false
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		return isText(arg, func(s string) bool { return slices.Contains(elements, s) })
	})
}

// nameOf is what a call calls, without its package or receiver.
func nameOf(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// wakes reports whether a node sends nothing but a wake-up, or else goes on.
func wakes(n ast.Node) bool {
	choice, ok := n.(*ast.SelectStmt)
	if !ok || len(choice.Body.List) != 2 {
		return false
	}
	sends, otherwise := false, false
	for _, clause := range choice.Body.List {
		switch comm := clause.(*ast.CommClause).Comm.(type) {
		case nil:
			otherwise = true
		case *ast.SendStmt:
			sends = types.ExprString(comm.Value) == "struct{}{}"
		}
	}
	return sends && otherwise
}

// broadcasts reports whether a block closes a channel and puts a new one, or
// none, into its place.
func broadcasts(n ast.Node) bool {
	block, ok := n.(*ast.BlockStmt)
	if !ok {
		return false
	}
	for i := 1; i < len(block.List); i++ {
		statement, ok := block.List[i-1].(*ast.ExprStmt)
		assignment, assigns := block.List[i].(*ast.AssignStmt)
		if !ok || !assigns || len(assignment.Lhs) != 1 {
			continue
		}
		if call, ok := statement.X.(*ast.CallExpr); ok && nameOf(call.Fun) == "close" && len(call.Args) == 1 &&
			types.ExprString(call.Args[0]) == types.ExprString(assignment.Lhs[0]) {
			return true
		}
	}
	return false
}

// doubles reports whether a node doubles something up to a limit.
func doubles(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || types.ExprString(call.Fun) != "min" {
		return false
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		grown, ok := arg.(*ast.BinaryExpr)
		if !ok {
			return false
		}
		_, constant := grown.X.(*ast.BasicLit)
		return grown.Op == token.SHL && !constant || grown.Op == token.MUL && (types.ExprString(grown.X) == "2" || types.ExprString(grown.Y) == "2")
	})
}
