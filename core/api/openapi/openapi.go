// Package openapi has the description of what can be asked over HTTP, by hand, as
// OpenAPI 3.1. Tests of package api hold it to what the handlers answer.
package openapi

import _ "embed"

// Document is the description, in JSON.
//
//go:embed openapi.json
var Document []byte
