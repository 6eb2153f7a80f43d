package assemble

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// What a story knows of series and studies.

// name names arrivals of series and studies.
func (s *story) name() run.ArrivalID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.minted++
	return run.ArrivalID(fmt.Sprintf("G%d", s.minted))
}

// files answers which files the spool has.
func (s *story) files() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.spool.files {
		fmt.Fprintln(&s.log, o.File)
	}
}

func (s *story) clockNow() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.jump).Round(0)
}

func (s *story) rulesInUse() []flow.Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rulesNow == nil {
		return []flow.Rule{flow.ByAssociation}
	}
	return s.rulesNow
}

// rulesOf reads rules such as "association; study idle=60s late=hold".
func rulesOf(t *testing.T, text string) []flow.Rule {
	t.Helper()
	var rules []flow.Rule
	for one := range strings.SplitSeq(text, ";") {
		words := strings.Fields(one)
		c := flow.Complete{On: words[0]}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			d, _ := time.ParseDuration(value)
			switch key {
			case "idle":
				c.Idle = d
			case "max":
				c.MaxWait = d
			case "window":
				c.LateWindow = d
			case "late":
				c.Late = flow.Late(value)
			case "expect":
				for modality := range strings.SplitSeq(value, ",") {
					c.Expect = append(c.Expect, flow.Trigger{Tags: []flow.TagPatterns{{Tag: "Modality", Patterns: []string{"^" + modality + "$"}}}})
				}
			default:
				t.Fatalf("unknown setting %q", word)
			}
		}
		rules = append(rules, c.Rule())
	}
	return rules
}

// waits answers what an arrival waits for.
func (s *story) waits(ctx context.Context, id run.ArrivalID) {
	s.store.mu.Lock()
	arrival := s.store.row(id).arrival()
	s.store.mu.Unlock()
	told := strings.Join(s.Waits(ctx, arrival, s.receiver), "; ")
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(&s.log, told)
}

// Header returns a data set of explicit VR little endian that holds the
// modality that a file's name begins with.
func (s *spool) Header(file string) (*dcm.Header, error) {
	_, name, _ := strings.Cut(file, "/")
	modality := strings.ToUpper(strings.TrimRight(name, "0123456789='abcdef"))
	if len(modality)%2 == 1 {
		modality += " "
	}
	data := binary.LittleEndian.AppendUint16([]byte{0x08, 0, 0x60, 0, 'C', 'S'}, uint16(len(modality)))
	return dcm.ScanDataset(bytes.NewReader(append(data, modality...)), dcm.ExplicitVRLittleEndian)
}
