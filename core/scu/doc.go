// Package scu sends DICOM files to a peer, as user of its storage service
// (PS3.4 annex B).
//
// Files come in, what became of each goes out. It proposes the presentation
// contexts that the files need, over as many associations as that takes, and
// sends each file as it is; where the peer takes only the other one of the two
// uncompressed little endian encodings, it converts between them on the way. It
// retries nothing and records nothing.
package scu
