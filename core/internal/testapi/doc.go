// Package testapi judges what an agent answers over HTTP, for tests: each answer is
// held to the OpenAPI document and to the style of the interface.
//
// [New] reads the document. [Judge.Handler] stands before a handler, or before a
// proxy to an agent, and tells the test what differs; [Judge.Reached] says which
// routes were asked for and with what came of it. [Style] judges one text of JSON.
package testapi
