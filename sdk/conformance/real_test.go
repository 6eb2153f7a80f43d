package conformance_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// TestProgram runs the suite on any plugin, for who works on the suite:
//
//	CONFORMANCE_PROGRAM=/path/to/plugin CONFORMANCE_CONFIG='{}' go test -run Program ./sdk/conformance
func TestProgram(t *testing.T) {
	program := os.Getenv("CONFORMANCE_PROGRAM")
	if program == "" {
		t.Skip("CONFORMANCE_PROGRAM names no plugin")
	}
	suite := conformance.Suite{Program: program, Config: []byte(os.Getenv("CONFORMANCE_CONFIG"))}
	if absent := os.Getenv("CONFORMANCE_ABSENT"); absent != "" {
		suite.Absent = []byte(absent)
	}
	if only := os.Getenv("CONFORMANCE_ONLY"); only != "" {
		suite.Only = regexp.MustCompile(only)
	}
	suite.Run(t)
}
