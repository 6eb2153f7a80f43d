package lang

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/raddeploy/raddeploy/core/internal/regular"
)

const (
	maxRead    = 1 << 20  // what the function file reads at most
	failedRead = 64 << 10 // what a read costs that fails, so that a file can fail only so often
)

// Opened is a file that the function file has read, or could not read.
type Opened struct {
	folder, path string
	text         []byte
	err          error
}

// Changed reports whether the file gives something else now, so that what was
// made with it is outdated.
func (o *Opened) Changed() bool {
	text, err := readBelow(o.folder, o.path)
	return (err == nil) != (o.err == nil) || err != nil && err.Error() != o.err.Error() || !bytes.Equal(text, o.text)
}

// fileFunction makes file("path"): the text of a file in the folder of the one
// that calls it, or below.
func (r *hclReader) fileFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			o := &Opened{folder: filepath.Dir(r.src.Name), path: args[0].AsString()}
			if !filepath.IsLocal(o.path) {
				return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "%q is outside of the folder of this file; only files beside it and below can be read", o.path)
			}
			err := r.budget.spend(itemCost)
			if err == nil {
				o.text, o.err = readBelow(o.folder, o.path)
				err = o.err
				if r.Opened != nil {
					r.Opened(o)
				}
			}
			if o.err != nil && r.budget.spend(failedRead) != nil {
				err = errCost
			}
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			return cty.StringVal(string(o.text)), nil
		},
	})
}

// readBelow reads a text file that lies in a folder or below, also when its
// path leads over links.
func readBelow(folder, path string) ([]byte, error) {
	text, err := regular.ReadBelow(folder, path, maxRead)
	var e *os.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q cannot be read: %w", path, err)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%q is no UTF-8 text", path)
	}
	return text, nil
}
