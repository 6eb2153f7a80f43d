// Package web says who asks over HTTP, and whether they may.
//
// Requests come in, from whatever listener. Out goes the same request with who
// asks on its context ([Who]), or a refusal. Which role each route needs is in one
// table ([Routes]): a route without a row in it is not served. The package must not
// know what a route does.
package web
