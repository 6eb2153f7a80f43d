package agent

import (
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
)

// TestWhyAnAgentDoesNotStart holds that what keeps an agent from its start says
// what to do, apart from what is wrong.
func TestWhyAnAgentDoesNotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	folder := t.TempDir()
	site := func(change func(*config.Site)) *config.Site {
		s := &config.Site{Name: "s", DataDir: t.TempDir(), Executors: []config.Executor{{Plugin: "docker", Instance: "docker"}}}
		change(s)
		return s
	}
	other, err := New(t.Context(), site(func(s *config.Site) { s.DataDir = folder; s.HTTP.Listen = "127.0.0.1:0" }), "test", hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.close(); err != nil {
			t.Error(err)
		}
	}()
	for _, test := range []struct {
		name           string
		change         func(*config.Site)
		reason, advice string
	}{
		{"the port for DICOM is taken", func(s *config.Site) { s.DICOM.Listen = taken.Addr().String() },
			"receive DICOM on " + taken.Addr().String(), "change dicom { listen }, or end what holds the port"},
		{"the port for HTTP is taken", func(s *config.Site) { s.HTTP.Listen = taken.Addr().String() },
			"answer HTTP on " + taken.Addr().String(), "change http { listen }, or end what holds the port"},
		{"the data folder is in use", func(s *config.Site) { s.DataDir = folder },
			"data folder " + folder + " is in use by another agent", "end that one, or give this one another data_dir"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(t.Context(), site(test.change), "test", hclog.NewNullLogger())
			if err == nil {
				t.Fatal("it started")
			}
			if reason := problem.Reason(err); !strings.HasPrefix(reason, test.reason) || problem.Advice(err) != test.advice {
				t.Errorf("reason %q, advice %q\nwant   %q, advice %q", reason, problem.Advice(err), test.reason, test.advice)
			}
		})
	}
}
