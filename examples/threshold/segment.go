package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// summary is what there is to say at the end.
type summary struct {
	slices, segmentations, others int
	bone, pixels                  int
}

// share is how much of all pixels is bone, in percent.
func (s summary) share() float64 {
	if s.pixels == 0 {
		return 0
	}
	return 100 * float64(s.bone) / float64(s.pixels)
}

// segment writes a segmentation of each stack of CT slices below the input
// folder. A slice that cannot be read does not stop the others.
func segment(input, output string, lowest int) (summary, error) {
	all, sum, err := readSlices(input, lowest)
	faults := []error{err}
	series := map[string]dcm.UID{} // the new series for each source series
	for i, stack := range stacks(all) {
		source := stack[0].Text(tag.SeriesInstanceUID) + stack[0].Text(tag.FrameOfReferenceUID)
		if series[source] == "" {
			series[source] = dcm.NewUID()
		}
		name := filepath.Join(output, fmt.Sprintf("bone-%d.dcm", i+1))
		if err := segmentation(stack, series[source], i+1, lowest).write(name); err != nil {
			faults = append(faults, fmt.Errorf("write %s: %w", name, err))
			continue
		}
		sum.segmentations++
	}
	return sum, errors.Join(faults...)
}

// readSlices reads every CT image below a folder, each object once, and keeps
// of its pixels which are bone: thousands of slices then fit into memory.
func readSlices(input string, lowest int) (all []slice, sum summary, err error) {
	var faults []error
	seen := map[string]bool{}
	err = filepath.WalkDir(input, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		image, err := ct.Read(path)
		if errors.Is(err, ct.ErrNotCT) || err == nil && seen[image.Text(tag.SOPInstanceUID)] {
			sum.others++
			return nil
		}
		var s slice
		if err == nil {
			s, err = newSlice(image)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", entry.Name(), err))
			return nil
		}
		seen[s.Text(tag.SOPInstanceUID)] = true
		for i := range image.Rows * image.Columns {
			bone := image.Hounsfield(i) >= float64(lowest)
			s.mask.add(bone)
			if bone {
				sum.bone++
			}
		}
		image.Forget()
		sum.slices++
		sum.pixels += s.mask.length
		all = append(all, s)
		return nil
	})
	return all, sum, errors.Join(append(faults, err)...)
}
