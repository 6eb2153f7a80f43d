package e2e_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A service manager ends the agent: it goes at once, its tasks go on, and the
// next one brings them to their end.
func TestRestart(t *testing.T) {
	t.Parallel()
	for name, executor := range runtimes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive := testenv.Storescp(t)
			site := programs.NewSite(t, executor)
			site.Flow("gated", gated("open", archive.Destination()))
			site.Static("gate", "gate", "")
			site.StartProgram()
			series := testenv.Series(2)
			site.Send(testenv.Write(t, series...)...)
			site.Run("gated", "running", testenv.Running(1))

			began := time.Now()
			site.Stop()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the agent took %s to end", took)
			}
			if name == "docker" && site.Containers("status=running") == "" {
				t.Error("the task did not go on without the agent")
			}
			site.StartProgram()
			site.Static("gate", "open", "")
			finished(t, site, site.Ended("gated", run.Done))
			same(t, "the archive", archive.Files(), files(series))
			if name == "docker" {
				site.NoContainers()
			}
		})
	}
}

// An association that is open when the agent is ended may come to its own end,
// and what it brought is worked on by the next agent.
func TestRestartWhileReceiving(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	site.StartProgram()
	series := testenv.Series(3)
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(series[0])
	ended := site.BeginStop()
	sender.MustStore(series[1:]...)
	sender.MustRelease()
	ended()
	site.StartProgram()
	r := site.Ended("copy", run.Done)
	same(t, "the run", objects(t, site, r.ID), files(series))
}

// A plugin's process is killed under its tasks, with the agent in the midst of
// watching them. The agent launches another one, and the tasks have not
// noticed.
func TestPluginIsKilled(t *testing.T) {
	t.Parallel()
	for name, executor := range runtimes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, executor)
			site.Flow("gated", gated("open", ""))
			site.Static("gate", "gate", "")
			site.Start()
			site.Send(testenv.Write(t, testenv.Object{})...)
			site.Run("gated", "running", testenv.Running(1))

			killed := site.PluginPID()
			if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			testenv.Until(t, "another plugin to be launched", func() (bool, string) { return site.PluginPID() != killed, "the killed one" })
			site.Ready()
			site.Static("gate", "open", "")
			finished(t, site, site.Ended("gated", run.Done))
			if name == "docker" {
				site.NoContainers()
			}
		})
	}
}
