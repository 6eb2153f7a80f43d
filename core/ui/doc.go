// Package ui is the agent's pages under /ui/: what comes in, what runs, what is
// sent, and what needs a person, for people with a browser.
//
// Requests come in, with who asks on their context. Out go pages that a server
// writes and a small script keeps up to date: a page is a list of sections, and
// the stream of a page sends those that have changed. All that a page shows comes
// from package api, in its words, and all that it does goes to package api: a page
// can do nothing that the interface cannot.
//
// The package must not decide anything, and must not show more of a patient than
// the pseudonym: values of identifying tags are hidden, and addresses hold none.
package ui
