// Package access says who may send to the agent, and how connections in both
// directions are secured. Its package web says who may ask over HTTP, and openid
// logs people in.
//
// A site's configuration comes in, and answers for package dimse go out: admit
// or reject an association, the TLS of the listener, the TLS of a destination.
// It opens no connection and keeps nothing.
package access
