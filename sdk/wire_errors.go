package sdk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// codeOf is the status code nearest to a kind.
func codeOf(kind Kind) codes.Code {
	switch kind {
	case InvalidArgument:
		return codes.InvalidArgument
	case NotFound:
		return codes.NotFound
	case FailedPrecondition:
		return codes.FailedPrecondition
	case Unavailable:
		return codes.Unavailable
	case ResourceExhausted:
		return codes.ResourceExhausted
	case PermissionDenied:
		return codes.PermissionDenied
	case Unimplemented:
		return codes.Unimplemented
	}
	return codes.Unknown
}

// errorToWire makes a status of what an executor returned.
func errorToWire(err error) error {
	if err == nil {
		return nil
	}
	kind := KindOf(err)
	detail := &executorv1.ErrorDetail{Kind: executorv1.ErrorKind(kind) + executorv1.ErrorKind_ERROR_KIND_UNKNOWN, Retryable: kind.Retryable()}
	var typed *Error
	if errors.As(err, &typed) {
		detail.Diagnostics = convert(some(typed.Diagnostics), diagnosticToWire)
	}
	message := text(brief(err.Error()))
	made, detailErr := status.New(codeOf(kind), message).WithDetails(detail)
	if detailErr != nil {
		return status.Error(codeOf(kind), message)
	}
	return made.Err()
}

// An error travels in a trailer of HTTP/2, which has less room than a message.
const (
	maxErrorText   = 8 << 10  // bytes of one text
	maxDiagnostics = 64 << 10 // bytes of all
)

// some are the first of an error's diagnostics, and how many others there are.
func some(all Diagnostics) (first Diagnostics) {
	room := maxDiagnostics
	for i, d := range all {
		d.Summary, d.Detail = brief(d.Summary), brief(d.Detail)
		if room -= len(d.String()); room < 0 {
			return append(first, Diagnostic{Summary: fmt.Sprintf("and %d further complaints", len(all)-i)})
		}
		first = append(first, d)
	}
	return first
}

func brief(text string) string {
	if len(text) <= maxErrorText {
		return text
	}
	return strings.ToValidUTF8(text[:maxErrorText], "") + " …"
}

// errorFromWire makes an Error of a status. Without the detail the status came
// from the transport, where only few codes have a meaning for the caller. An
// ended ctx is the caller's own doing and wins.
func errorFromWire(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	got := status.Convert(err)
	for _, detail := range got.Details() {
		if detail, ok := detail.(*executorv1.ErrorDetail); ok {
			return &Error{Kind: kindFromWire(detail), Message: got.Message(), Diagnostics: convert(detail.GetDiagnostics(), diagnosticFromWire)}
		}
	}
	switch got.Code() {
	case codes.DeadlineExceeded: // ctx's, which the plugin saw first
		return context.DeadlineExceeded
	case codes.Unavailable, codes.Canceled: // the process is gone or going
		return &Error{Kind: Unavailable, Message: "the plugin process cannot be reached: " + got.Message()}
	case codes.Unimplemented:
		return &Error{Kind: Unimplemented, Message: "the plugin does not have this call: " + got.Message()}
	}
	return &Error{Kind: Unknown, Message: got.Message()}
}

func kindFromWire(detail *executorv1.ErrorDetail) Kind {
	switch kind := detail.GetKind(); {
	case kind >= executorv1.ErrorKind_ERROR_KIND_UNKNOWN && kind <= executorv1.ErrorKind_ERROR_KIND_UNIMPLEMENTED:
		return Kind(kind - executorv1.ErrorKind_ERROR_KIND_UNKNOWN)
	case detail.GetRetryable():
		return Unavailable
	}
	return Unknown
}

func diagnosticToWire(d Diagnostic) *executorv1.Diagnostic {
	return &executorv1.Diagnostic{Path: convert(d.Path, text), Summary: text(d.Summary), Detail: text(d.Detail), Warning: d.Warning}
}

func diagnosticFromWire(d *executorv1.Diagnostic) Diagnostic {
	return Diagnostic{Path: d.GetPath(), Summary: d.GetSummary(), Detail: d.GetDetail(), Warning: d.GetWarning()}
}
