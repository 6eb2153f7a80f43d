package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/api"
)

// On a terminal of some width, the last column of a list gives way, and a state
// has a colour unless NO_COLOR says otherwise.
func TestListsOnATerminal(t *testing.T) {
	rows := func() [][]string {
		return [][]string{{"ID", "STATE", "REASON"}, {"0b7c1f8e", "failed", "the peer answered A900\nand more"}, {"1", "pending", ""}}
	}
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"a file": {nil, "ID        STATE    REASON\n0b7c1f8e  failed   the peer answered A900\nand more\n1         pending  \n"},
		"narrow": {map[string]string{"COLUMNS": "30"}, "ID        STATE    REASON\n0b7c1f8e  failed   the peer a…\n1         pending  \n"},
		"wide":   {map[string]string{"COLUMNS": "90"}, "ID        STATE    REASON\n0b7c1f8e  failed   the peer answered A900 and more\n1         pending  \n"},
		"colour": {map[string]string{"CLICOLOR_FORCE": "1", "COLUMNS": "30"},
			"ID        STATE    REASON\n0b7c1f8e  \033[31mfailed\033[0m   the peer a…\n1         pending  \n"},
		"no colour": {map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1", "COLUMNS": "30"}, "ID        STATE    REASON\n0b7c1f8e  failed   the peer a…\n1         pending  \n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"COLUMNS", "CLICOLOR_FORCE", "NO_COLOR"} {
				t.Setenv(key, test.env[key])
			}
			var out bytes.Buffer
			b := base{out: &out}
			b.listed(rows())
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Lines of tasks that print at once are put together, and a line without an end
// is shown at the end.
func TestLogsOfSeveralTasks(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 7e6, time.UTC)
	pieces := []api.LogLine{
		{Attempt: "a", Task: "seg", Stream: "stdout", Data: []byte("one\ntw"), Time: at},
		{Attempt: "b", Task: "report", Stream: "stderr", Data: []byte("oops\n"), Time: at},
		{Attempt: "a", Task: "seg", Stream: "stdout", Data: []byte("o\nthree"), Time: at},
	}
	for name, test := range map[string]struct {
		names      int
		timestamps bool
		out, errs  string
	}{
		"one task":    {out: "one\ntwo\nthree", errs: "oops\n"},
		"names":       {names: 6, out: "seg    | one\nseg    | two\nseg    | three\n", errs: "report | oops\n"},
		"time stamps": {timestamps: true, out: "T one\nT two\nT three\n", errs: "T oops\n"},
		"both":        {names: 6, timestamps: true, out: "T seg    | one\nT seg    | two\nT seg    | three\n", errs: "T report | oops\n"},
	} {
		var out, errs bytes.Buffer
		p := &printedLog{out: &out, errs: &errs, names: test.names, timestamps: test.timestamps}
		for _, piece := range pieces {
			if err := p.write(piece); err != nil {
				t.Fatal(err)
			}
		}
		p.end()
		stamp := at.Local().Format("2006-01-02T15:04:05.000Z07:00")
		if got := strings.ReplaceAll(out.String(), stamp, "T"); got != test.out {
			t.Errorf("%s: standard output is\n%s\nwant\n%s", name, got, test.out)
		}
		if got := strings.ReplaceAll(errs.String(), stamp, "T"); got != test.errs {
			t.Errorf("%s: standard error is\n%s\nwant\n%s", name, got, test.errs)
		}
	}
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"": {}, "2h": now.Add(-2 * time.Hour), "7d": now.Add(-7 * 24 * time.Hour), "90": now.Add(-90 * time.Second),
		"2026-05-01": time.Date(2026, 5, 1, 0, 0, 0, 0, time.Local), "2026-05-01 08:30": time.Date(2026, 5, 1, 8, 30, 0, 0, time.Local),
	} {
		if got, err := since(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-2h", "2026-13-01"} {
		if got, err := since(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// A slip in a command's name is answered with what was probably meant.
func TestUnknownCommands(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"rusn", `unknown command "rusn": did you mean runs?`},
		{"flow lst x", `unknown command "flow lst": did you mean flow list?`},
		{"xyzzy", "unknown command \"xyzzy\": see `raddeploy -h`"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"raddeploy"}, strings.Fields(test.args)...), &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), test.want) || out.Len() > 0 {
			t.Errorf("%s: exit code %d, %q, %q; want %q", test.args, code, out.String(), errs.String(), test.want)
		}
	}
}

// What a shell is offered for a command is what its help lists.
func TestCompletion(t *testing.T) {
	flags := completing{&runsCommand{}}.AutocompleteFlags()
	for _, flag := range []string{"-state", "-flow", "-sender", "-since", "-n", "-watch", "-f", "-address", "-json"} {
		if _, known := flags[flag]; !known {
			t.Errorf("%s of runs is not completed", flag)
		}
	}
	if len(flags) != 10 {
		t.Errorf("runs has flags %v", flags)
	}
}
