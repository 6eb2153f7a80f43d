package lang

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// maxRead is what the function file reads at most.
const maxRead = 1 << 20

// Functions returns the names of the functions that an HCL file can call, in
// alphabetical order.
func Functions() []string { return slices.Sorted(maps.Keys((&hclReader{}).functions())) }

// functions are those that an HCL file can call. None of them depends on the
// time or on chance, so that a file means the same each time that it is read;
// env and file read what stands outside of it.
func (r *hclReader) functions() map[string]function.Function {
	all := map[string]function.Function{
		"env":  r.envFunction(),
		"file": r.fileFunction(),

		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "max": stdlib.MaxFunc, "min": stdlib.MinFunc,
		"parseint": stdlib.ParseIntFunc,

		"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "join": stdlib.JoinFunc,
		"lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "regexreplace": stdlib.RegexReplaceFunc,
		"replace": stdlib.ReplaceFunc, "split": stdlib.SplitFunc, "strlen": stdlib.StrlenFunc, "substr": stdlib.SubstrFunc,
		"title": stdlib.TitleFunc, "trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc,
		"trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,

		"chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc, "lookup": stdlib.LookupFunc,
		"merge": stdlib.MergeFunc, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc, "setproduct": stdlib.SetProductFunc,
		"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,

		"tobool": stdlib.MakeToFunc(cty.Bool), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tonumber": stdlib.MakeToFunc(cty.Number),
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String),
		"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
	}
	for name, f := range all {
		all[name] = r.budget.thrifty(name, f)
	}
	return all
}

// envFunction makes env("NAME"), which is "" for a variable that is not set.
func (r *hclReader) envFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, _ := r.Lookup(args[0].AsString())
			return cty.StringVal(text), nil
		},
	})
}

// fileFunction makes file("path"): the text of a file in the folder of the one
// that calls it, or below.
func (r *hclReader) fileFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path := args[0].AsString()
			folder := filepath.Dir(r.src.Name)
			text, err := readBelow(folder, path)
			if r.Opened != nil {
				r.Opened(filepath.Join(folder, path), text)
			}
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			return cty.StringVal(string(text)), nil
		},
	})
}

// readBelow reads a text file that lies in a folder or below, also when its
// path leads over links.
func readBelow(folder, path string) ([]byte, error) {
	if !filepath.IsLocal(path) {
		return nil, fmt.Errorf("%q is outside of the folder of this file; only files beside it and below can be read", path)
	}
	file, err := os.OpenInRoot(folder, path)
	if err != nil {
		var e *os.PathError
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("%q cannot be read: %w", path, err)
	}
	defer file.Close()
	switch info, err := file.Stat(); {
	case err != nil:
		return nil, fmt.Errorf("%q cannot be read: %w", path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is no regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxRead+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q cannot be read: %w", path, err)
	case len(text) > maxRead:
		return nil, fmt.Errorf("%q has more than %d bytes", path, maxRead)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%q is no UTF-8 text", path)
	}
	return text, nil
}
