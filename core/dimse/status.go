package dimse

import "fmt"

// Status is the status of a DIMSE response (PS3.7 annex C, PS3.4 §B.2.3 for
// C-STORE).
type Status uint16

// Statuses that this program answers with or decides on. A700, A900 and C000
// stand for their whole ranges A7xx, A9xx and Cxxx.
const (
	Success                Status = 0x0000
	ProcessingFailure      Status = 0x0110
	NoSuchObjectInstance   Status = 0x0112
	NoSuchEventType        Status = 0x0113
	InvalidArgument        Status = 0x0115
	InvalidSOPInstance     Status = 0x0117
	NoSuchSOPClass         Status = 0x0118
	ClassInstanceConflict  Status = 0x0119
	SOPClassNotSupported   Status = 0x0122
	NoSuchAction           Status = 0x0123
	NotAuthorized          Status = 0x0124
	DuplicateTransaction   Status = 0x0131
	DuplicateInvocation    Status = 0x0210
	UnrecognizedOperation  Status = 0x0211
	MistypedArgument       Status = 0x0212
	ResourceLimitation     Status = 0x0213
	OutOfResources         Status = 0xA700
	DataSetDoesNotMatch    Status = 0xA900
	CoercionOfDataElements Status = 0xB000
	ElementsDiscarded      Status = 0xB006
	DataSetMismatchWarning Status = 0xB007
	CannotUnderstand       Status = 0xC000
)

// Success reports whether the operation was done without reservation.
func (s Status) Success() bool { return s == Success }

// Warning reports whether the operation was done and the peer has something to
// say about it.
func (s Status) Warning() bool {
	return s&0xF000 == 0xB000 || s == 0x0001 || s == 0x0107 || s == 0x0116
}

// Failure reports whether the operation was not done.
func (s Status) Failure() bool { return !s.Success() && !s.Warning() }

// Retryable reports whether the same operation may succeed later: the peer
// lacked resources, or failed in a way that says nothing of the object (0110).
func (s Status) Retryable() bool {
	return s&0xFF00 == OutOfResources || s == ResourceLimitation || s == ProcessingFailure
}

// String returns the status in hexadecimal and what it means, such as "A700
// (out of resources)".
func (s Status) String() string { return fmt.Sprintf("%04X (%s)", uint16(s), s.meaning()) }

func (s Status) meaning() string {
	if meaning, known := meanings[s]; known {
		return meaning
	}
	switch {
	case s&0xFF00 == OutOfResources:
		return "out of resources"
	case s&0xFF00 == DataSetDoesNotMatch:
		return "data set does not match SOP class"
	case s&0xF000 == CannotUnderstand:
		return "cannot understand"
	case s.Warning():
		return "warning"
	}
	return "failure"
}

// meanings are those of single statuses; meaning has those of ranges.
var meanings = map[Status]string{
	Success:                "success",
	0x0001:                 "warning: requested optional attributes are not supported",
	0x0105:                 "no such attribute",
	0x0106:                 "invalid attribute value",
	0x0107:                 "warning: attribute list error",
	0x0111:                 "duplicate SOP instance",
	0x0114:                 "no such argument",
	0x0116:                 "warning: attribute value out of range",
	0x0120:                 "missing attribute",
	0x0121:                 "missing attribute value",
	0xFE00:                 "canceled",
	0xFF00:                 "pending",
	0xFF01:                 "pending",
	ProcessingFailure:      "processing failure",
	NoSuchObjectInstance:   "no such object instance",
	NoSuchEventType:        "no such event type",
	InvalidArgument:        "invalid argument value",
	InvalidSOPInstance:     "invalid SOP instance",
	NoSuchSOPClass:         "no such SOP class",
	ClassInstanceConflict:  "class-instance conflict",
	SOPClassNotSupported:   "SOP class not supported",
	NoSuchAction:           "no such action type",
	NotAuthorized:          "not authorized",
	DuplicateTransaction:   "duplicate transaction UID",
	DuplicateInvocation:    "duplicate invocation",
	UnrecognizedOperation:  "unrecognized operation",
	MistypedArgument:       "mistyped argument",
	ResourceLimitation:     "resource limitation",
	CoercionOfDataElements: "warning: data elements were coerced",
	ElementsDiscarded:      "warning: data elements were discarded",
	DataSetMismatchWarning: "warning: data set does not match SOP class",
}
