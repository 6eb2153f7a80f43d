package ui

import (
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// tree is files in their folders.
type tree struct {
	Name    string
	Files   int // at any depth
	Folders []*tree
	Names   []string // of the files in it
	More    int      // files that are not named
}

const mostNames = 100 // files that a tree names

// treeOf makes a tree of paths. Levels name the tags whose values name the folders
// of that level: those that may name a patient are counted instead.
func treeOf(name string, paths []string, levels []string) *tree {
	root, named := &tree{Name: name}, 0
	slices.Sort(paths)
	for _, path := range paths {
		if root.add(strings.Split(path, "/"), named < mostNames) {
			named++
		}
	}
	root.hide(levels)
	return root
}

// add puts the file at a path into the tree. One that is not to be named is counted
// in the last of its folders that there is. It reports whether the file is named.
// Paths are added in their order.
func (t *tree) add(path []string, named bool) bool {
	at := t
	at.Files++
	for _, folder := range path[:len(path)-1] {
		if last := len(at.Folders) - 1; last >= 0 && at.Folders[last].Name == folder {
			at = at.Folders[last]
		} else if named {
			at.Folders = append(at.Folders, &tree{Name: folder})
			at = at.Folders[len(at.Folders)-1]
		} else {
			break
		}
		at.Files++
	}
	if !named {
		at.More++
		return false
	}
	at.Names = append(at.Names, path[len(path)-1])
	return true
}

// hide puts a number in the place of values that may name a patient.
func (t *tree) hide(levels []string) {
	for i, f := range t.Folders {
		if len(levels) > 0 && identifying(levels[0]) {
			f.Name = levels[0] + " " + text(i+1)
		}
		f.hide(levels[min(1, len(levels)):])
	}
}

// identifyingTags are those outside of the patient's group whose values may lead to one.
var identifyingTags = []string{
	"AccessionNumber", "ReferringPhysicianName", "StudyID", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "StudyTime", "InstitutionName",
	"OperatorsName", "PerformingPhysicianName", "PhysiciansOfRecord", "RequestingPhysician", "NameOfPhysiciansReadingStudy", "AdmissionID",
	"StudyComments", "ImageComments", "AdditionalPatientHistory",
	"AcquisitionDateTime", "AcquisitionTime", "SeriesTime", "ContentTime", "InstanceCreationDate", "InstanceCreationTime", "InstitutionAddress",
}

// identifying reports whether the value of a tag may tell who a patient is. What is
// not known may.
func identifying(tag string) bool {
	path, err := dcm.ParsePath(tag)
	if err != nil {
		return false // such as CallingAET
	}
	one, certain := path.Tag()
	if !certain {
		last := tag[strings.LastIndex(tag, ".")+1:]
		return last != tag && identifying(last)
	}
	return one.Group() == 0x0010 || one.Group() == 0x0038 || slices.Contains(identifyingTags, dcm.Keyword(one))
}
