package dimse

import (
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Storable reports whether an abstract syntax may be a storage SOP class:
// anything but the services of the standard that are known to be something
// else. Accepting those would promise a peer, such as a scanner that asks for
// storage commitment or sends performed procedure steps, what nobody here does.
// Private classes and classes of later editions are storable.
func Storable(abstractSyntax dcm.UID) bool {
	uid := string(abstractSyntax)
	for _, storage := range storageAmongServices {
		if uid == storage {
			return true
		}
	}
	for _, service := range services {
		if uid == service || strings.HasPrefix(uid, service+".") {
			return false
		}
	}
	return true
}

// services are roots and UIDs of SOP classes that are not for storage (PS3.6
// annex A).
var services = []string{
	// verification, media directory, storage commitment, event logging,
	// notification
	"1.2.840.10008.1",
	// study, patient and visit management, performed procedure steps
	"1.2.840.10008.3.1",
	"1.2.840.10008.5.1.1",           // print management
	"1.2.840.10008.5.1.4.1.2",       // query and retrieve
	"1.2.840.10008.5.1.4.31",        // modality worklist
	"1.2.840.10008.5.1.4.32",        // general purpose worklist
	"1.2.840.10008.5.1.4.33",        // instance availability notification
	"1.2.840.10008.5.1.4.34.4",      // unified procedure steps, trial
	"1.2.840.10008.5.1.4.34.5",      // unified procedure steps, instance and service
	"1.2.840.10008.5.1.4.34.6",      // unified procedure steps
	"1.2.840.10008.5.1.4.37",        // relevant patient information query
	"1.2.840.10008.5.1.4.38.2",      // hanging protocols: find
	"1.2.840.10008.5.1.4.38.3",      // move
	"1.2.840.10008.5.1.4.38.4",      // get
	"1.2.840.10008.5.1.4.39.2",      // colour palettes: find
	"1.2.840.10008.5.1.4.39.3",      // move
	"1.2.840.10008.5.1.4.39.4",      // get
	"1.2.840.10008.5.1.4.41",        // product characteristics query
	"1.2.840.10008.5.1.4.42",        // substance approval query
	"1.2.840.10008.5.1.4.43.2",      // generic implant templates: find
	"1.2.840.10008.5.1.4.43.3",      // move
	"1.2.840.10008.5.1.4.43.4",      // get
	"1.2.840.10008.5.1.4.44.2",      // implant assembly templates: find
	"1.2.840.10008.5.1.4.44.3",      // move
	"1.2.840.10008.5.1.4.44.4",      // get
	"1.2.840.10008.5.1.4.45.2",      // implant template groups: find
	"1.2.840.10008.5.1.4.45.3",      // move
	"1.2.840.10008.5.1.4.45.4",      // get
	"1.2.840.10008.5.1.4.1.1.200.4", // defined procedure protocols: find
	"1.2.840.10008.5.1.4.1.1.200.5", // move
	"1.2.840.10008.5.1.4.1.1.200.6", // get
}

// storageAmongServices are storage SOP classes below a root of services.
var storageAmongServices = []string{
	"1.2.840.10008.5.1.1.27", // stored print
	"1.2.840.10008.5.1.1.29", // hardcopy grayscale image
	"1.2.840.10008.5.1.1.30", // hardcopy color image
}
