package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// summary is what there is to say at the end.
type summary struct {
	slices, series, others int
	bone, pixels           int
}

// share is how much of all pixels is bone, in percent.
func (s summary) share() float64 {
	if s.pixels == 0 {
		return 0
	}
	return 100 * float64(s.bone) / float64(s.pixels)
}

// maskAll writes a mask for every CT object below the input folder. An object
// that cannot be masked does not stop the others.
func maskAll(input, output string, lowest int) (summary, error) {
	var sum summary
	var faults []error
	series := map[string]dcm.UID{} // the new series of each source series
	err := filepath.WalkDir(input, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		image, err := ct.Read(path)
		if errors.Is(err, ct.ErrNotCT) {
			sum.others++
			return nil
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", entry.Name(), err))
			return nil
		}
		source := image.Text(tag.SeriesInstanceUID)
		if series[source] == "" {
			series[source] = dcm.NewUID()
		}
		mask, bone := threshold(image, lowest)
		name := filepath.Join(output, fmt.Sprintf("bone-%04d.dcm", sum.slices+1))
		if err := writeMask(name, image, mask, series[source], lowest); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		sum.slices++
		sum.bone += bone
		sum.pixels += len(mask)
		return nil
	})
	sum.series = len(series)
	return sum, errors.Join(append(faults, err)...)
}

// threshold returns 255 for every pixel of at least the lowest attenuation and
// 0 for every other one, and how many have it.
func threshold(image *ct.Image, lowest int) (mask []byte, found int) {
	mask = make([]byte, image.Rows*image.Columns)
	for i := range mask {
		if image.Hounsfield(i) >= float64(lowest) {
			mask[i] = 255
			found++
		}
	}
	return mask, found
}

// create makes a file and the folders above it.
func create(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.Create(path)
}
