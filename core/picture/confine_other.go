//go:build !linux

package picture

import "errors"

func confine() error { return errors.New("pictures are drawn on Linux only") }
