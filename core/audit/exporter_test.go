package audit

import (
	"context"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
)

// memory is a journal of so many entries.
type memory struct{ entries, exported int64 }

func (m *memory) NotExported(_ context.Context, atMost int) (all []run.Entry, err error) {
	for seq := m.exported + 1; seq <= m.entries && len(all) < atMost; seq++ {
		all = append(all, run.Entry{Seq: seq, Action: run.Cancel, Thing: "run"})
	}
	return all, nil
}

func (m *memory) SetExported(_ context.Context, seq int64) error {
	m.exported = seq
	return nil
}

// A server that is away for a day misses nothing, in its order, and is not asked
// more often than once a minute.
func TestAServerThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{entries: 2*batch + 1}
		ctx, cancel := context.WithCancel(t.Context())
		var got []int64
		tries, begun := 0, time.Now()
		x := &Exporter{Store: store, Logger: hclog.NewNullLogger()}
		x.Send = func(_ context.Context, entries []run.Entry) error {
			tries++
			if time.Since(begun) < 24*time.Hour {
				return errors.New("connection refused")
			}
			for _, e := range entries {
				got = append(got, e.Seq)
			}
			return nil
		}
		done := make(chan error)
		go func() { done <- x.Run(ctx) }()
		time.Sleep(25 * time.Hour)
		store.entries++
		time.Sleep(time.Minute)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for i, seq := range got {
			if seq != int64(i+1) {
				t.Fatalf("entry %d comes at place %d", seq, i+1)
			}
		}
		if len(got) != 2*batch+2 || tries > 24*60*2+20 {
			t.Errorf("%d entries, after %d tries", len(got), tries)
		}
	})
}

// Whatever an entry says, its message is well-formed, on one line, and says what
// came of it.
func TestMessages(t *testing.T) {
	for _, action := range []run.Action{run.Login, run.Logout, run.Ask, run.Look, run.Search, run.Backup, run.CreateToken, run.Reload, run.Cancel, "<new>"} {
		text, err := textOf(run.Entry{
			Seq: 1, At: time.Now(), Action: action, Thing: "run", ID: `a"b`, Detail: "two\nlines & <tags>\x00", Result: run.WasRefused,
			By: run.Actor{Name: "anna <a@b>\n", Address: "10.0.0.1", Known: run.ByToken, Role: run.Viewer},
		}, `the "site"`)
		if err != nil {
			t.Fatal(err)
		}
		var m message
		if err := xml.Unmarshal(text, &m); err != nil || m.Event.Outcome != 4 || m.Objects[0].ID != `a"b` || m.Participants[0].AddressType != "2" {
			t.Errorf("%s: %v", text, err)
		}
		if strings.Contains(string(text), "\n") {
			t.Errorf("%s has several lines", text)
		}
	}
}
