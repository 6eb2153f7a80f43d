package config_test

import (
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
)

func TestDestinationNamed(t *testing.T) {
	known := config.Destinations{{Name: "a", Port: 1}, {Name: "b", Port: 2}}
	if got, ok := known.Named("b"); !ok || got.Port != 2 {
		t.Errorf("b is %v, %v", got, ok)
	}
	for _, name := range []string{"", "A", "c"} {
		if got, ok := known.Named(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
}
