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

// plans groups some of the files so that the contexts of each group fit into one
// association, in their order.
func plans(files []File, indexes []int) []plan {
	var all []plan
	var current plan
	for _, i := range indexes {
		file := files[i]
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

// missing returns the contexts that a file needs and that are not there yet: one
// for each transfer syntax, since a peer accepts only one of those that a context
// lists. Uncompressed little endian is proposed for every SOP class, for what it
// tells of a peer that does not take the file's own.
func missing(have []dimse.PresentationContext, file File) []dimse.PresentationContext {
	var need []dimse.PresentationContext
	for _, syntax := range []dcm.UID{file.TransferSyntaxUID, dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian} {
		is := func(c dimse.PresentationContext) bool {
			return c.AbstractSyntax == file.SOPClassUID && c.TransferSyntaxes[0] == syntax
		}
		if !slices.ContainsFunc(have, is) && !slices.ContainsFunc(need, is) {
			need = append(need, dimse.PresentationContext{AbstractSyntax: file.SOPClassUID, TransferSyntaxes: []dcm.UID{syntax}})
		}
	}
	return need
}

// syntaxes are the transfer syntaxes in which an object can be sent, its own
// first, then with the most information: implicit encoding loses the
// representations of private elements.
func syntaxes(own dcm.UID) []dcm.UID {
	all := []dcm.UID{own}
	for _, other := range []dcm.UID{dcm.ExplicitVRLittleEndian, dcm.ImplicitVRLittleEndian} {
		if other != own && dcm.Convertible(own, other) {
			all = append(all, other)
		}
	}
	return all
}
