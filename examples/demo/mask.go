package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// maskOf finds, among files, the one that says that it was derived from an
// object (PS3.3 §C.12.4.1.3).
func maskOf(source, dir string) (string, error) {
	instance, err := texts(source, "SOPInstanceUID")
	if err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.dcm"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		sources, err := texts(file, "SourceImageSequence.ReferencedSOPInstanceUID")
		if err != nil {
			return "", err
		}
		if slices.Contains(sources, instance[0]) {
			return file, nil
		}
	}
	return "", fmt.Errorf("none of %d files in %s is derived from %s", len(files), dir, filepath.Base(source))
}

// texts reads the values of a tag of a file.
func texts(path, tag string) ([]string, error) {
	where, err := dcm.ParsePath(tag)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header, err := dcm.ScanFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	values := header.Texts(where)
	if len(values) == 0 {
		return nil, errors.New(path + " has no " + tag)
	}
	return values, nil
}
