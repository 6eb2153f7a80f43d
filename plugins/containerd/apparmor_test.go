package containerd

import (
	"errors"
	"strings"
	"testing"
)

// TestContainersAreArmored has a host with AppArmor.
func TestContainersAreArmored(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]map[string]string{
		`{}`: {
			`{}`: armorName, `{"security_opt": ["apparmor=unconfined"]}`: "", `{"security_opt": ["apparmor:mine"]}`: "mine",
			`{"privileged": true}`: "", `{"privileged": true, "security_opt": ["apparmor=mine"]}`: "mine",
		},
		`{"apparmor_profile": "unconfined"}`: {`{}`: "", `{"security_opt": ["apparmor=mine"]}`: "mine"},
		`{"apparmor_profile": "sites"}`:      {`{}`: "sites", `{"privileged": true}`: ""},
	} {
		s := containerd.Site(t, config)
		own(s).armor = armor{supported: func() bool { return true }, load: func(string) error { return nil }}
		for options, profile := range want {
			task := s.Task("true")
			task.Options = withOptions(t, options)
			if got := specified(t, s, task).Process.ApparmorProfile; got != profile {
				t.Errorf("site %s, flow %s: %q, want %q", config, options, got, profile)
			}
		}
	}
}

func TestProfileOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, asked string
		supported   bool
		want        string
		loads       int
	}{
		{"a host without AppArmor", "", false, "", 0},
		{"the default", "", true, armorName, 1},
		{"the site's own", "site-profile", true, "site-profile", 0},
		{"none", "unconfined", true, "", 0},
	} {
		loads := 0
		a := armor{supported: func() bool { return test.supported }, load: func(string) error { loads++; return nil }}
		if got, err := a.profileOf(test.asked); err != nil || got != test.want || loads != test.loads {
			t.Errorf("%s: %q, %v, %d loads; want %q, %d loads", test.name, got, err, loads, test.want, test.loads)
		}
	}
	a := armor{supported: func() bool { return true }, load: func(string) error { return errors.New("no parser") }}
	if got, err := a.profileOf(""); err == nil || !strings.Contains(err.Error(), "no parser: set apparmor_profile") {
		t.Errorf("%q, %v", got, err)
	}
}
