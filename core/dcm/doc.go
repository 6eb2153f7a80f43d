// Package dcm holds the words of DICOM that the rest of RadDeploy speaks: unique identifiers, application entity titles,
// tags and their keywords, transfer syntaxes, and the text of data elements.
//
// Bytes go in, words come out. The header scanner reads data sets that a peer sent, so it is bounded in depth, in length and
// in memory, and never trusts a length from the wire. The package knows no network, no flow and no state, and never
// changes a byte of a data set.
package dcm
