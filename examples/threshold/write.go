package main

import (
	"bufio"
	"fmt"
	"maps"
	"slices"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// write makes a DICOM file of these values.
func write(path string, values map[tag.Tag]any) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := dicom.Write(w, dicom.Dataset{Elements: elements(values)}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// elements puts values in the order of their tags, as a data set has to have
// them. A string is one value, an int too.
func elements(values map[tag.Tag]any) []*dicom.Element {
	var list []*dicom.Element
	for _, t := range slices.SortedFunc(maps.Keys(values), tag.Tag.Compare) {
		value := values[t]
		switch v := value.(type) {
		case string:
			value = []string{v}
		case int:
			value = []int{v}
		}
		element, err := dicom.NewElement(t, value)
		if err != nil {
			panic(fmt.Sprintf("element %v: %v", t, err)) // the table above is wrong, not the input
		}
		if t == tag.PixelData {
			element.RawValueRepresentation = "OB"
		}
		list = append(list, element)
	}
	return list
}
