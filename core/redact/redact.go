// Package redact takes out of errors what must not reach logs and reasons:
// names of files and folders can be values of patients' tags.
package redact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Paths returns an error that says what went wrong with a file without naming
// it. Errors about other things are returned as they are.
func Paths(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}
