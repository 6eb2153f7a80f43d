package execute

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// source lays a run's src folder, once: the selected objects as hard links to
// what was received. Executors give each task a private view of it, so the
// objects themselves are never changed.
//
// Several tasks of a run want it at the same time, and a crash may have left
// half of one: it is laid beside its place and moved there whole.
func (e *Engine) source(job *Job) (string, error) {
	place := e.Layout.Src(job.Run.ID)
	unlock := e.lock(job.Run.ID)
	defer unlock()
	if _, err := os.Stat(place); err == nil {
		return place, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := e.Layout.LayRun(job.Run.ID); err != nil {
		return "", err
	}
	beside := place + ".part"
	if err := fresh(beside); err != nil {
		return "", err
	}
	objects, err := job.Objects()
	if err != nil {
		return "", err
	}
	if err := e.link(beside, objects, job.Subdir); err != nil {
		return "", fmt.Errorf("lay src: %w", err)
	}
	return place, os.Rename(beside, place)
}

// fresh makes a folder, empty, whatever a crash has left of it.
func fresh(folder string) error {
	err := os.Mkdir(folder, 0o755)
	if errors.Is(err, fs.ErrExist) {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		return os.Mkdir(folder, 0o755)
	}
	return err
}

// link puts the objects into a folder as [SourceFiles] names them.
func (e *Engine) link(folder string, objects []run.Object, subdir []string) error {
	texts := func(i int) Texts {
		header, _ := e.Spool.Header(objects[i].File) // what cannot be understood has no values
		return header
	}
	made := map[string]bool{".": true}
	for i, file := range SourceFiles(objects, texts, subdir) {
		if sub := filepath.Dir(file); !made[sub] {
			if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
				return err
			}
			made[sub] = true
		}
		if err := os.Link(e.Spool.Path(objects[i].File), filepath.Join(folder, file)); err != nil {
			return err
		}
	}
	return nil
}

// Texts gives the texts of an object's elements; [dcm.Header] is one.
type Texts interface {
	Texts(dcm.Path) []string
}

// SourceFiles returns the path of each object below src:
// <Modality>_<SeriesInstanceUID>_<SOPInstanceUID>.dcm, in sub-folders by
// subdir. An entry of subdir is a tag whose value names the folder or, if no
// object has that tag, the literal text. Only with a subdir are texts asked
// for, once for each object.
func SourceFiles(objects []run.Object, texts func(object int) Texts, subdir []string) []string {
	folders := subfolders(len(objects), texts, subdir)
	taken := make(map[string]bool, len(objects))
	files := make([]string, len(objects))
	for i, object := range objects {
		name := SafeName(object.Modality + "_" + string(object.SeriesUID) + "_" + string(object.SOPInstanceUID))
		files[i] = unique(taken, filepath.Join(folders[i], name), ".dcm")
	}
	return files
}

// subfolders returns each object's sub-folder.
func subfolders(objects int, texts func(int) Texts, subdir []string) []string {
	folders := make([]string, objects)
	if len(subdir) == 0 {
		return folders
	}
	headers := make([]Texts, objects)
	for i := range headers {
		headers[i] = texts(i)
	}
	for _, entry := range subdir {
		for i, value := range values(headers, entry) {
			folders[i] = filepath.Join(folders[i], value)
		}
	}
	return folders
}

// values returns the folder name that one entry gives each object.
func values(headers []Texts, entry string) []string {
	names := make([]string, len(headers))
	path, err := dcm.ParsePath(entry)
	any := false
	for i, header := range headers {
		if err != nil {
			break
		}
		if texts := header.Texts(path); len(texts) > 0 {
			names[i], any = SafeName(strings.Join(texts, "_")), true
		}
	}
	for i := range names {
		if !any {
			names[i] = SafeName(entry)
		} else if names[i] == "" {
			names[i] = "_"
		}
	}
	return names
}
