package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// Object is one DICOM file of a folder. Its File is its path.
type Object struct {
	run.Object
	texts decide.Texts
	fault string // why its header could not be read to its end; "": it could
}

// Texts returns the values of a path that the scan was asked for.
func (o *Object) Texts(path dcm.Path) []string { return o.texts.Texts(path) }

// Folder is what a scan found.
type Folder struct {
	Objects []Object // in the order of their paths
	Skipped int      // files that are not DICOM
	// of the objects: the paths of those that break the rules of DICOM; they
	// have the values that could be read
	Faulty  []string
	Refused []string // paths of files and folders that may not be read, each with why
}

// identity is what every scan asks for.
var identity = []dcm.Tag{dcm.SOPClassUID, dcm.SOPInstanceUID, dcm.Modality, dcm.StudyInstanceUID, dcm.SeriesInstanceUID}

// batch is how many files a reader takes at once.
const batch = 32

// Scan reads the headers of all DICOM files below a folder, as far as the paths
// need it. Progress, if there is one, is told now and then how many files were
// read; from several goroutines, one at a time not guaranteed.
func Scan(ctx context.Context, dir string, paths []dcm.Path, progress func(files int)) (*Folder, error) {
	scan := newScan(paths)
	var found atomic.Int64
	readers, ctx := errgroup.WithContext(ctx)
	readers.SetLimit(runtime.NumCPU())
	var batches []*[]scanned
	start := func(files []string) {
		results := make([]scanned, len(files))
		batches = append(batches, &results)
		readers.Go(func() error {
			for i, file := range files {
				if err := ctx.Err(); err != nil {
					return err
				}
				results[i] = scan.file(file)
			}
			if n := found.Add(int64(len(files))); progress != nil {
				progress(int(n))
			}
			return nil
		})
	}
	var files, closed []string
	walked := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil && path != dir {
			closed = append(closed, err.Error())
			return fs.SkipDir
		}
		if err != nil {
			return err
		}
		if path == dir && !entry.IsDir() && !entry.Type().IsRegular() {
			return fmt.Errorf("%s is neither a folder nor a file", dir)
		}
		if entry.Type().IsRegular() {
			if files = append(files, path); len(files) == batch {
				start(files)
				files = nil
			}
		}
		return ctx.Err()
	})
	start(files)
	if err := errors.Join(readers.Wait(), walked); err != nil {
		return nil, err
	}
	all := gather(batches)
	all.Refused = append(all.Refused, closed...)
	return all, nil
}

func gather(batches []*[]scanned) *Folder {
	folder := &Folder{}
	for _, results := range batches {
		for _, s := range *results {
			switch {
			case s.refused != nil:
				folder.Refused = append(folder.Refused, s.refused.Error())
				continue
			case s.object == nil:
				folder.Skipped++
				continue
			case s.faulty:
				folder.Faulty = append(folder.Faulty, s.object.File)
			}
			folder.Objects = append(folder.Objects, *s.object)
		}
	}
	return folder
}

// scanned is what became of one file. Without an object it is not DICOM.
type scanned struct {
	object  *Object
	faulty  bool
	refused error // it could not be read
}

// scan reads headers.
type scan struct {
	paths   []dcm.Path
	scanner dcm.Scanner
}

func newScan(paths []dcm.Path) *scan {
	s := &scan{paths: paths}
	for _, tag := range identity {
		s.scanner.StopAt = max(s.scanner.StopAt, tag+1)
	}
	for _, path := range paths {
		s.scanner.StopAt = max(s.scanner.StopAt, path.Beyond())
	}
	s.scanner.StopAt = min(s.scanner.StopAt, dcm.PixelData)
	return s
}

func (s *scan) file(path string) scanned {
	file, err := os.Open(path)
	if err != nil {
		return scanned{refused: err}
	}
	defer file.Close()
	header, err := s.scanner.File(file)
	if errors.Is(err, dcm.ErrNotDICOM) {
		return scanned{}
	}
	var unreadable *fs.PathError
	if errors.As(err, &unreadable) {
		return scanned{refused: err}
	}
	o := &Object{texts: decide.TextsOf(header, s.paths)}
	o.File = path
	o.SOPClassUID, o.SOPInstanceUID = header.UID(dcm.SOPClassUID), header.UID(dcm.SOPInstanceUID)
	o.StudyUID, o.SeriesUID = header.UID(dcm.StudyInstanceUID), header.UID(dcm.SeriesInstanceUID)
	o.TransferSyntaxUID = header.TransferSyntax
	o.Modality, _ = header.Text(dcm.Modality)
	if err != nil {
		o.fault = err.Error()
	}
	return scanned{object: o, faulty: err != nil}
}
