// Package dimse speaks the DICOM upper layer protocol over TCP and TLS (PS3.8)
// and the DIMSE services C-ECHO, C-STORE, N-ACTION and N-EVENT-REPORT (PS3.7), as
// provider (Server) and as user (Dialer, Conn).
//
// A Server negotiates associations and hands each C-STORE to a Session as a
// stream: an object's bytes go from one reused buffer of the association to
// whatever the Session writes them to, and are never gathered in memory. A Conn
// sends objects from an io.Reader in the same way. Every wait for a peer is
// bounded in time and every length a peer names in size; what a peer does wrong
// ends its own association and touches no other.
//
// The package must not interpret or change a byte of a data set, touch a file,
// or decide who may connect: that is Admit's, NewSession's and the Session's
// business. One goroutine serves an association; more run only while a peer
// that negotiated an asynchronous operations window has several objects being
// stored.
package dimse
