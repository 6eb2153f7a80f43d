package main

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// values are the elements of a data set, or of an item of a sequence: strings,
// ints, lists of them, tags, []values for the items of a sequence, and elements
// that another object has.
type values map[tag.Tag]any

// write makes a DICOM file of the values, and the folders above it.
func (v values) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	// what is kept of another object has the representation that it came in
	err = dicom.Write(w, dicom.Dataset{Elements: v.elements()}, dicom.SkipVRVerification())
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		_ = os.Remove(path) // half an object is worse than none
	}
	return err
}

// elements puts the values in the order of their tags, as a data set has to
// have them (PS3.5 §7.1).
func (v values) elements() []*dicom.Element {
	var list []*dicom.Element
	for _, t := range slices.SortedFunc(maps.Keys(v), tag.Tag.Compare) {
		if ready, ok := v[t].(*dicom.Element); ok {
			list = append(list, ready)
			continue
		}
		element, err := dicom.NewElement(t, plain(v[t]))
		if err != nil {
			panic(fmt.Sprintf("element %v: %v", t, err)) // a table of this program is wrong, not the input
		}
		if t == tag.PixelData {
			element.RawValueRepresentation = "OB"
		}
		list = append(list, element)
	}
	return list
}

// plain gives a value the type that package dicom takes it in.
func plain(value any) any {
	switch v := value.(type) {
	case string:
		return []string{v}
	case int:
		return []int{v}
	case tag.Tag:
		return []int{int(v.Group), int(v.Element)}
	case []values:
		var items [][]*dicom.Element
		for _, item := range v {
			items = append(items, item.elements())
		}
		return items
	}
	return value
}
