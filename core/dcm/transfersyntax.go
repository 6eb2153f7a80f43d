package dcm

import (
	"io"
	"strings"
)

// Transfer syntaxes that RadDeploy treats by name (PS3.5 §10, annex A). Every
// other one is stored and sent as it is.
const (
	ImplicitVRLittleEndian         UID = "1.2.840.10008.1.2"
	ExplicitVRLittleEndian         UID = "1.2.840.10008.1.2.1"
	DeflatedExplicitVRLittleEndian UID = "1.2.840.10008.1.2.1.99"
	ExplicitVRBigEndian            UID = "1.2.840.10008.1.2.2"
)

// Transfer syntaxes whose data set is not plain explicit little endian,
// although their pixel data is all that is special.
const (
	jpipDeflated      UID = "1.2.840.10008.1.2.4.95"
	jpipHTJ2KDeflated UID = "1.2.840.10008.1.2.4.205"
	// native pixel data in fragments (PS3.5 §A.4.11)
	encapsulatedUncompressed UID = "1.2.840.10008.1.2.1.98"
	// implicit little endian with big endian pixel data
	gePrivateImplicit UID = "1.2.840.113619.5.2"
)

// deflated are the transfer syntaxes in which all of a data set is compressed (PS3.5 §A.5).
var deflated = map[UID]bool{DeflatedExplicitVRLittleEndian: true, jpipDeflated: true, jpipHTJ2KDeflated: true}

// lossless are the transfer syntaxes in which no pixel loses anything: those
// without compression, and those that can be decoded to every bit (PS3.5 §A).
// JPEG 2000 and others that may be either are not among them.
var lossless = map[UID]bool{
	ImplicitVRLittleEndian:         true,
	ExplicitVRLittleEndian:         true,
	DeflatedExplicitVRLittleEndian: true,
	ExplicitVRBigEndian:            true,
	gePrivateImplicit:              true,
	encapsulatedUncompressed:       true,
	"1.2.840.10008.1.2.8.1":        true, // deflated frames
	"1.2.840.10008.1.2.5":          true, // RLE
	"1.2.840.10008.1.2.4.57":       true, // JPEG lossless, process 14
	"1.2.840.10008.1.2.4.58":       true, // process 15
	"1.2.840.10008.1.2.4.65":       true, // process 28
	"1.2.840.10008.1.2.4.66":       true, // process 29
	"1.2.840.10008.1.2.4.70":       true, // process 14, first-order prediction
	"1.2.840.10008.1.2.4.80":       true, // JPEG-LS
	"1.2.840.10008.1.2.4.90":       true, // JPEG 2000
	"1.2.840.10008.1.2.4.92":       true, // JPEG 2000 part 2
	"1.2.840.10008.1.2.4.110":      true, // JPEG XL
	"1.2.840.10008.1.2.4.201":      true, // high-throughput JPEG 2000
	"1.2.840.10008.1.2.4.202":      true, // with RPCL options
	"1.2.840.10008.1.2.7.1":        true, // SMPTE ST 2110-20, uncompressed video
	"1.2.840.10008.1.2.7.2":        true,
	"1.2.840.10008.1.2.7.3":        true, // SMPTE ST 2110-30, PCM audio
}

// Preferred returns the transfer syntax that a receiver takes of those that a
// peer offers for one kind of object, whose order has no meaning (PS3.8
// §9.3.2.2): never a lossy one while one is offered that keeps every bit, and
// Explicit VR Little Endian before Implicit, which loses private value
// representations; else the first. "" if none is a valid UID.
func Preferred(offered []UID) UID {
	var first, whole UID
	explicit := false
	for _, uid := range offered {
		switch {
		case !uid.Valid():
			continue
		case first == "":
			first = uid
		}
		if whole == "" && lossless[uid] {
			whole = uid
		}
		explicit = explicit || uid == ExplicitVRLittleEndian
	}
	switch {
	case whole == ImplicitVRLittleEndian && explicit:
		return ExplicitVRLittleEndian
	case whole != "":
		return whole
	}
	return first
}

// encapsulating reports whether pixel data is encapsulated in a transfer syntax of
// the standard (PS3.5 §A.4, §8.2).
func encapsulating(syntax UID) bool {
	switch syntax {
	case "1.2.840.10008.1.2.4.94", jpipDeflated, "1.2.840.10008.1.2.4.204", jpipHTJ2KDeflated: // it is elsewhere
		return false
	case "1.2.840.10008.1.2.5", encapsulatedUncompressed, "1.2.840.10008.1.2.8.1":
		return true
	}
	return strings.HasPrefix(string(syntax), "1.2.840.10008.1.2.4.")
}

// Encoding returns the transfer syntax in which a data set is written, which its
// declaration may have wrong: one of implicit and explicit instead of the other, in
// another byte order, or with pixel data that is not compressed after all. r is what
// was scanned, size its length in bytes.
func (h *Header) Encoding(r io.ReaderAt, size int64) UID {
	declared := h.TransferSyntax
	switch declared {
	case ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian:
		return h.written.syntax()
	case gePrivateImplicit:
		if h.written == (layout{implicit: true}) {
			return declared
		}
		return h.written.syntax()
	}
	_, encapsulated := h.PixelData(r, size)
	if h.plain || encapsulated == nil && encapsulating(declared) {
		return h.written.syntax()
	}
	return declared
}

// Deflated reports whether all of a data set is compressed (PS3.5 §A.5), and not only
// declared to be.
func (h *Header) Deflated() bool {
	return deflated[h.TransferSyntax] && !h.plain
}

// syntax is the transfer syntax of the layout.
func (l layout) syntax() UID {
	switch {
	case l.big:
		return ExplicitVRBigEndian
	case l.implicit:
		return ImplicitVRLittleEndian
	}
	return ExplicitVRLittleEndian
}
