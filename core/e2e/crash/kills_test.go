package crash_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// do is one step: a study begins to come, and something is killed.
func (s *site) do(ctx context.Context, step step) {
	s.t.Helper()
	s.mood.Store(step.archive)
	s.listening(step.listens)
	s.senders.send(ctx, step.study)
	s.begin(ctx, step.order)
	s.moment(step.lines)
	switch step.victim {
	case theAgent:
		s.Kill()
		s.kills++
		if step.both {
			s.killEngine(step.restores)
		}
		s.LaunchProgram()
	case thePlugin:
		s.killPlugin(step.nth)
	case theEngine:
		s.killEngine(step.restores)
	}
}

func (s *site) killEngine(restores bool) {
	s.t.Helper()
	s.engine.Kill()
	s.kills++
	s.engine.Start(fmt.Sprintf("--live-restore=%t", restores))
}

// moment waits until the agent has logged so many lines more, or has nothing to
// do.
func (s *site) moment(lines int) {
	const nothing = 2 * time.Second
	from, idle := s.Logged(), time.Now()
	for last := from; last < from+lines && time.Since(idle) < nothing; <-time.After(time.Millisecond) {
		if now := s.Logged(); now > last {
			last, idle = now, time.Now()
		}
	}
}

// killPlugin kills one of the agent's plugins. One that is just being launched
// again may not be there.
func (s *site) killPlugin(nth int) {
	s.t.Helper()
	agent := s.PID()
	plugins := slices.DeleteFunc(processes(), func(p process) bool { return p.parent != agent })
	if len(plugins) == 0 {
		return
	}
	if err := syscall.Kill(plugins[nth%len(plugins)].pid, syscall.SIGKILL); err == nil {
		s.kills++
	}
}

// process is a process of this machine.
type process struct {
	pid, parent int
	words       string // its arguments, its environment and its working directory
}

// processes are all processes of this machine that have not ended, by their ids.
func processes() (all []process) {
	found, _ := os.ReadDir("/proc")
	for _, entry := range found {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		read := func(name string) string {
			text, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), name))
			return string(text)
		}
		// PID (NAME) STATE PARENT …, and the name may be anything
		stat := read("stat")
		fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
		if len(fields) < 2 || fields[0] == "Z" {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		dir, _ := os.Readlink(filepath.Join("/proc", entry.Name(), "cwd"))
		all = append(all, process{pid, parent, strings.ReplaceAll(read("cmdline")+read("environ")+dir, "\x00", " ")})
	}
	slices.SortFunc(all, func(a, b process) int { return a.pid - b.pid })
	return all
}
