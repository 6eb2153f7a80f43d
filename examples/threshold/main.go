// Command threshold is a model as small as a model can be: it finds bone in a
// CT by its attenuation.
//
// It reads every CT object below /input and writes below /output a DICOM
// Segmentation (PS3.3 §A.51) of each stack of slices, as a new series of the
// same study that says which objects it was made from. It is a complete example
// of what runs inside a flow: no network, no state, files in, files out, and an
// exit code.
//
//	0  done
//	1  an object could not be read or a segmentation could not be written
//	2  wrong flags or configuration
//	3  nothing to do: no CT below the input folder
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const (
	exitDone = iota
	exitFailed
	exitUsage
	exitNoCT
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("threshold", flag.ContinueOnError)
	flags.SetOutput(stderr)
	input := flags.String("input", "/input", "`folder` with the CT objects")
	output := flags.String("output", "/output", "`folder` for the segmentations")
	path := flags.String("config", "/config/config.yaml", "settings as YAML; a `file` that is not there is an empty one")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "threshold: flags only, see threshold -help")
		return exitUsage
	}
	settings, err := readSettings(*path)
	if err != nil {
		fmt.Fprintln(stderr, "threshold:", err)
		return exitUsage
	}
	sum, err := segment(*input, *output, settings.Threshold)
	// Counts and shares only: the names and values of a patient do not belong
	// in a log.
	fmt.Fprintf(stdout, "threshold: %d HU, slices: %d, bone: %.1f %%, segmentations: %d, other files: %d\n",
		settings.Threshold, sum.slices, sum.share(), sum.segmentations, sum.others)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "threshold:", err)
		return exitFailed
	case sum.slices == 0:
		fmt.Fprintln(stderr, "threshold: no CT image is below the input folder")
		return exitNoCT
	}
	return exitDone
}
