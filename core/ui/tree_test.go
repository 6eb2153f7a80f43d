package ui

import (
	"fmt"
	"testing"
)

// shown is how many folders and files a tree shows, and how many files it
// says that there are in them.
func (t *tree) shown() (nodes, listed int) {
	nodes, listed = len(t.Folders)+len(t.Names), len(t.Names)+t.More
	for _, f := range t.Folders {
		n, l := f.shown()
		nodes, listed = nodes+n, listed+l
	}
	return nodes, listed
}

// A tree of many files shows a few of them, whether they are in one folder or in one
// each, and counts all.
func TestTreeOfManyFiles(t *testing.T) {
	for _, form := range []string{"CT/%d.dcm", "%d/1.dcm", "CT/%d/1.dcm", "%d.dcm", "a/b/c/%[1]d/%[1]d/1.dcm"} {
		var paths []string
		for i := range 5000 {
			paths = append(paths, fmt.Sprintf(form, i))
		}
		made := treeOf("src", paths, nil)
		if nodes, listed := made.shown(); nodes > 4*mostNames || made.Files != 5000 || listed != 5000 {
			t.Errorf("%s: %d nodes are shown, of %d files %d", form, nodes, made.Files, listed)
		}
	}
}
