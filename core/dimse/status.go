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
	InvalidSOPInstance     Status = 0x0117
	SOPClassNotSupported   Status = 0x0122
	NotAuthorized          Status = 0x0124
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
	switch s {
	case Success:
		return "success"
	case ProcessingFailure:
		return "processing failure"
	case InvalidSOPInstance:
		return "invalid SOP instance"
	case SOPClassNotSupported:
		return "SOP class not supported"
	case NotAuthorized:
		return "not authorized"
	case DuplicateInvocation:
		return "duplicate invocation"
	case UnrecognizedOperation:
		return "unrecognized operation"
	case MistypedArgument:
		return "mistyped argument"
	case ResourceLimitation:
		return "resource limitation"
	case CoercionOfDataElements:
		return "warning: data elements were coerced"
	case ElementsDiscarded:
		return "warning: data elements were discarded"
	case DataSetMismatchWarning:
		return "warning: data set does not match SOP class"
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
