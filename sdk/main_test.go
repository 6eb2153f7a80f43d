package sdk

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestStartedByHand(t *testing.T) {
	plugin := Plugin{Name: "bare", Version: "1.2", Doc: "It is bare.", Config: &inner{}, Options: &everything{}, Executor: &bare{}}
	for _, test := range []struct {
		args           string
		code           int
		stdout, stderr string
	}{
		{"", 2, "", `executor "bare" {`},
		{"-help", 0, "", "It has to be there. (a string; required)"},
		{"-help", 0, "", "one of x, y; only where the site allows it"},
		{"-version", 0, "bare 1.2", ""},
		{"-oops", 2, "", "flag provided but not defined"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(plugin, strings.Fields(test.args), &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%q: code %d\nstdout: %s\nstderr: %s", test.args, code, &stdout, &stderr)
		}
	}
	var stdout bytes.Buffer
	var described struct {
		Name   string
		Config struct{ Fields []struct{ Name, Type string } }
	}
	if code := run(plugin, []string{"-describe"}, &stdout, io.Discard); code != 0 {
		t.Errorf("-describe: code %d", code)
	}
	if err := json.Unmarshal(stdout.Bytes(), &described); err != nil || described.Name != "bare" || described.Config.Fields[0].Type != "TYPE_STRING" {
		t.Errorf("described as %s, %v", &stdout, err)
	}
}

func TestMistakesInADeclaration(t *testing.T) {
	for want, plugin := range map[string]Plugin{
		"plugin name":             {Name: "Bare", Executor: &bare{}},
		"has no Executor":         {Name: "bare"},
		"Config: schema of":       {Name: "bare", Executor: &bare{}, Config: inner{}},
		"Options: schema of":      {Name: "bare", Executor: &bare{}, Options: &struct{ A string }{}},
		"want a pointer to a str": {Name: "bare", Executor: &bare{}, Config: new(int)},
	} {
		var stderr bytes.Buffer
		if code := run(plugin, nil, io.Discard, &stderr); code != 2 || !strings.Contains(stderr.String(), want) {
			t.Errorf("code %d, %s, want %q", code, &stderr, want)
		}
	}
}
