package scu

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// plan is what one association carries: indexes of files, and the presentation
// contexts that they need.
type plan struct {
	contexts []dimse.PresentationContext
	files    []int
}

// plans groups the files so that the contexts of each group fit into one
// association, in the order of the files.
func plans(files []File) []plan {
	var all []plan
	var current plan
	for i, file := range files {
		need := missing(current.contexts, file)
		if len(current.contexts)+len(need) > dimse.MaxContexts {
			all, current = append(all, current), plan{}
			need = missing(nil, file)
		}
		current.contexts = append(current.contexts, need...)
		current.files = append(current.files, i)
	}
	if len(current.files) > 0 {
		all = append(all, current)
	}
	return all
}

// missing returns the contexts that a file needs and that are not there yet:
// one for each transfer syntax in which it can be sent, since a peer accepts
// only one of those that a context lists.
func missing(have []dimse.PresentationContext, file File) []dimse.PresentationContext {
	var need []dimse.PresentationContext
	for _, syntax := range syntaxes(file.TransferSyntaxUID) {
		if !slices.ContainsFunc(have, func(c dimse.PresentationContext) bool {
			return c.AbstractSyntax == file.SOPClassUID && c.TransferSyntaxes[0] == syntax
		}) {
			need = append(need, dimse.PresentationContext{AbstractSyntax: file.SOPClassUID, TransferSyntaxes: []dcm.UID{syntax}})
		}
	}
	return need
}

// syntaxes are the transfer syntaxes in which an object can be sent, its own first.
func syntaxes(own dcm.UID) []dcm.UID {
	switch own {
	case dcm.ImplicitVRLittleEndian:
		return []dcm.UID{own, dcm.ExplicitVRLittleEndian}
	case dcm.ExplicitVRLittleEndian:
		return []dcm.UID{own, dcm.ImplicitVRLittleEndian}
	}
	return []dcm.UID{own}
}
