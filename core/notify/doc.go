// Package notify tells people, by email and by webhooks, that something failed or
// is held, that it has recovered, and once a day how the site is.
//
// Events come in from the state database, with the notify blocks of the site. Rows
// go out: what has failed and has not recovered, notices that wait to be gathered
// into a message, and a message for each recipient. Then messages are sent, and
// each try's end is a row, too. How far events were looked at is committed with
// what followed from them, so that a restart loses nothing. A message that was
// taken by a server just before a crash is sent again, under the same id.
//
// The package must not tell of patients unless the site says so, and must not fail
// or slow down what it tells of.
package notify
