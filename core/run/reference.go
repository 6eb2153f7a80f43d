package run

import "github.com/raddeploy/raddeploy/core/dcm"

// Reference names a SOP instance by its class and itself.
type Reference struct {
	SOPClassUID    dcm.UID
	SOPInstanceUID dcm.UID
}

// Uncommitted is an instance that storage commitment was refused for.
type Uncommitted struct {
	Reference
	Reason uint16 // a DIMSE status (PS3.3 §C.14.1.1)
}
