// Package audit tells a syslog server what the journal has: an audit message of
// DICOM (PS3.15 §A.5) for each entry, by syslog over TLS (RFC 5424, RFC 5425).
//
// Entries of the journal come in, in their order, from after the last one that the
// server has. Messages go out, and a row that says how far they have got. The
// package must not change an entry, nor name a patient: entries have ids of ours.
package audit
