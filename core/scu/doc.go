// Package scu sends DICOM files to a peer, as user of its storage service
// (PS3.4 annex B).
//
// Files come in, what became of each goes out. It says of each file whether it
// is an object that can be sent, proposes the presentation contexts that the
// files need, over as many associations as that takes, and sends each file as it
// is; where the peer takes only uncompressed little endian, it converts other
// uncompressed encodings on the way. An object at which the association breaks
// keeps no other from being sent. It records nothing, and tries nothing again
// that a peer has answered.
package scu
