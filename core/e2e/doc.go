// Package e2e holds the tests that send real objects through a whole site: real
// senders, real runtimes, real archives, and what each of them does wrong. It
// holds nothing else.
package e2e
