// Package dcm holds the words of DICOM that the rest of RadDeploy speaks:
// unique identifiers, application entity titles, tags and their keywords,
// transfer syntaxes, file meta information, and the text of data elements.
//
// Bytes go in, words come out. [ScanFile] and [ScanDataset] read what a peer
// sent, so they are bounded in depth, in length and in memory, and never trust
// a length from the wire; a [Header] answers for a [Tag] or a [Path] with its
// text. [WriteFileMeta] and [Seal] make the frame of a stored object, [Convert]
// changes the encoding of a data set on its way to a peer that asks for another
// one.
//
// The package knows no network, no flow and no state, and never changes what a
// data set says.
package dcm
