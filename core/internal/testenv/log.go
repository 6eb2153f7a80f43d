package testenv

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Secrets are what the test objects say of their patients, and what no log may
// repeat.
var Secrets = []string{PatientName, PatientID, StudyDescription, "Phantom^Head"}

// log keeps what agents of a site log, one JSON object a line.
type log struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines int
}

func newLog() *log { return &log{} }

// Write takes what an agent logs.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines += bytes.Count(p, []byte("\n"))
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// entry is one line of the log.
type entry struct {
	Level   string `json:"@level"`
	Message string `json:"@message"`
	DICOM   string `json:"dicom"`
	HTTP    string `json:"http"`
	Socket  string `json:"socket"`
	PID     int    `json:"pid"`
}

// last returns the last line that says a message, from an offset on.
func (l *log) last(message string, from int) (entry, bool) {
	var found entry
	ok := false
	for lines := bufio.NewScanner(strings.NewReader(l.String()[from:])); lines.Scan(); {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Message == message {
			found, ok = e, true
		}
	}
	return found, ok
}

func (l *log) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Len()
}

// tail is the end of the log, without the chatter, for people.
func (l *log) tail() string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		var e map[string]any
		if json.Unmarshal([]byte(line), &e) != nil {
			lines = append(lines, line)
			continue
		}
		level, message := e["@level"], e["@message"]
		if level == "trace" || level == "debug" {
			continue
		}
		text := fmt.Sprintf("%s %s", level, message)
		for _, key := range slices.Sorted(maps.Keys(e)) {
			if !strings.HasPrefix(key, "@") {
				text += fmt.Sprintf(" %s=%v", key, e[key])
			}
		}
		lines = append(lines, text+"\n")
	}
	return strings.Join(lines[max(0, len(lines)-60):], "")
}

// mustNotTell fails the test for each line of the log that holds one of the words.
func (l *log) mustNotTell(t testing.TB, words ...string) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		for _, word := range words {
			if strings.Contains(line, word) {
				t.Errorf("the log tells of a patient: %s", line)
			}
		}
	}
}

// Logs waits until the log has a line with both texts.
func (s *Site) Logs(text, and string) {
	s.t.Helper()
	Until(s.t, "a line of the log with "+text, func() (bool, string) {
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, text) && strings.Contains(line, and) {
				return true, ""
			}
		}
		return false, "not there"
	})
}

// Logged is how many lines the log has: a measure of what the agent has done,
// which does not depend on how fast the machine is.
func (s *Site) Logged() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.lines
}

// Log is all that the site's agents have logged.
func (s *Site) Log() string { return s.log.String() }

// Told returns the lines of the log that say a text, without the chatter: those
// for operators.
func (s *Site) Told(text string) (lines []string) {
	for line := range strings.Lines(s.log.String()) {
		var said map[string]any
		if json.Unmarshal([]byte(line), &said) != nil || said["@level"] == "trace" || said["@level"] == "debug" {
			continue
		}
		for _, value := range said {
			if strings.Contains(fmt.Sprint(value), text) {
				lines = append(lines, line)
				break
			}
		}
	}
	return lines
}

// PluginPID is the process of the plugin that was launched last.
func (s *Site) PluginPID() int {
	s.t.Helper()
	e, ok := s.log.last("executor is launched", 0)
	if !ok {
		s.t.Fatal("no plugin was launched")
	}
	return e.PID
}
