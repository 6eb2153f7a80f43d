package mounting

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Walk visits all that is below a folder, each folder before what is in it, by
// names below root. They may be any bytes, which packages of io/fs do not take.
// Links are visited and not followed.
func Walk(root *os.Root, visit func(name string, info fs.FileInfo) error) error {
	return walk(root, ".", visit)
}

func walk(root *os.Root, folder string, visit func(name string, info fs.FileInfo) error) error {
	open, err := root.Open(folder)
	if err != nil {
		return err
	}
	entries, err := open.ReadDir(-1)
	if closing := open.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		info, err := root.Lstat(name)
		if err != nil {
			return err
		}
		if err := visit(name, info); err != nil {
			return err
		}
		if info.IsDir() {
			if err := walk(root, name, visit); err != nil {
				return err
			}
		}
	}
	return nil
}
