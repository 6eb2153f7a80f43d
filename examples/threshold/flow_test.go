package main

import (
	"testing"

	"github.com/raddeploy/raddeploy/core/flowfile"
)

func TestFlowLoadsWithoutComplaint(t *testing.T) {
	loaded, complaints := flowfile.Load([]string{"flow.yaml"}, flowfile.Options{})
	if len(complaints) > 0 || len(loaded) != 1 {
		t.Errorf("%d flows, complaints: %v", len(loaded), complaints)
	}
}
