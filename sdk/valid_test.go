package sdk

import (
	"strings"
	"testing"
)

func TestAttemptID(t *testing.T) {
	for id, want := range map[AttemptID]bool{
		"0b7c1f8e-6f0e-4f3e-9c3a-2f1d8f1f2a10-0-1": true, "a": true, "-": true, AttemptID(strings.Repeat("x", 64)): true,
		"": false, "A": false, "a b": false, "..": false, "a/b": false, "a\n": false, "ä": false, AttemptID(strings.Repeat("x", 65)): false,
	} {
		if got := id.Valid(); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}

func TestPluginName(t *testing.T) {
	for name, want := range map[string]bool{
		"docker": true, "a": true, "a-9": true, "x" + strings.Repeat("9", 31): true,
		"": false, "9a": false, "-a": false, "Docker": false, "a_b": false, "a/b": false, "a\n": false, "x" + strings.Repeat("9", 32): false,
	} {
		if err := CheckPluginName(name); (err == nil) != want {
			t.Errorf("%q: %v, want valid %v", name, err, want)
		}
	}
}
