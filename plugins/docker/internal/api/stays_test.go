package api

import (
	"net"
	"path/filepath"
	"testing"
)

// An engine that is slow is not one that leaves: the end of a container that it has
// told would be told again and again, and never believed.
func TestStays(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Endpoint{Address: "unix://" + socket})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if !e.Stays(t.Context()) {
		t.Error("an engine that does not answer in time counts as leaving")
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if e.Stays(t.Context()) {
		t.Error("an engine that takes no connection counts as staying")
	}
}
