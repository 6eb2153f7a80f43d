package notify

import (
	"maps"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// teller decides what people are told. Facts go in, in their order, and a telling
// comes out. It asks no clock and does no I/O.
type teller struct {
	site    *config.Site
	told    run.Told
	now     time.Time
	running time.Duration // of agents

	changed   bool
	recovered []run.Trouble
	touched   map[key]bool // troubles that are new or changed
	dropped   []int64
	due       map[string]run.DigestDue
	messages  []run.Message
}

type key struct {
	notify  string
	subject run.Subject
}

func keyOf(t run.Trouble) key { return key{t.Notify, t.Subject} }

// open reports whether anybody was told of a subject that has not recovered.
func (s *teller) open(subject run.Subject) bool {
	return slices.ContainsFunc(s.told.Troubles, func(t run.Trouble) bool { return t.Subject == subject })
}

// anyOpen reports the same of anything of a kind.
func (s *teller) anyOpen(thing run.Kind) bool {
	return slices.ContainsFunc(s.told.Troubles, func(t run.Trouble) bool { return t.Subject.Thing == thing })
}

// take decides, for each block, what follows from a fact.
func (s *teller) take(f fact) {
	for _, block := range s.site.Notify {
		if f.Kind == run.NoticeRecovered {
			s.recover(block, f)
		} else if block.Tells(f.Kind) && concerns(block, f) {
			s.trouble(block, f)
		}
	}
}

// concerns reports whether a block tells of what a fact is about.
func concerns(block config.Notify, f fact) bool {
	if f.Flow == "" {
		return block.Site
	}
	return block.OfFlow(f.Flow)
}

// trouble tells that something failed or is held, unless that was told and it has
// not recovered since.
func (s *teller) trouble(block config.Notify, f fact) {
	i := s.find(block.Name, f.Subject())
	if i < 0 {
		t := run.Trouble{Notify: block.Name, Subject: f.Subject(), Kind: f.Kind, Owner: ownerIn(block, f), Since: s.now, Told: s.now}
		s.told.Troubles = append(s.told.Troubles, t)
		s.touch(t)
		s.add(block, f, t.Owner)
		return
	}
	t := &s.told.Troubles[i]
	t.More++
	if t.Told.After(s.now) { // the clock was set back
		t.Told = s.now
	}
	if block.RemindAfter > 0 && s.now.Sub(t.Told) >= block.RemindAfter && !s.waits(*t) {
		f.Count, f.Since = t.More-1, &t.Since
		t.Told, t.More = s.now, 0
		s.add(block, f, t.Owner)
	}
	s.touch(*t)
}

// recover tells that something has recovered. Whom had not been told yet of a thing
// that came and went by itself is not told at all.
func (s *teller) recover(block config.Notify, f fact) {
	i := s.find(block.Name, f.Subject())
	if i < 0 {
		return
	}
	t := s.told.Troubles[i]
	s.told.Troubles = slices.Delete(s.told.Troubles, i, i+1)
	s.recovered = append(s.recovered, t)
	delete(s.touched, keyOf(t))
	s.changed = true
	var untold []string
	if f.Thing == run.OfFlow || f.Thing == run.OfDestination {
		s.count(t)
	} else {
		untold = s.drop(&t)
	}
	if !block.Tells(run.NoticeRecovered) {
		return
	}
	f.Since = &t.Since
	if !s.waits(t) {
		f.Count = t.More
	}
	f.Reason = ""
	s.add(block, f, t.Owner, untold...)
}

// ownerIn is the address of a flow's owner who is told beside a block's recipients.
func ownerIn(block config.Notify, f fact) string {
	if block.Email == nil || !block.Email.Owner || slices.Contains(block.Email.To, f.owner) {
		return ""
	}
	return f.owner
}

func (s *teller) find(notify string, subject run.Subject) int {
	return slices.IndexFunc(s.told.Troubles, func(t run.Trouble) bool { return t.Notify == notify && t.Subject == subject })
}

func (s *teller) touch(t run.Trouble) {
	if s.touched == nil {
		s.touched = make(map[key]bool)
	}
	s.touched[keyOf(t)], s.changed = true, true
}

// about reports whether a waiting notice says that a trouble began.
func about(w run.WaitingNotice, t run.Trouble) bool {
	return w.Notify == t.Notify && w.Kind != run.NoticeRecovered && w.Notice.Subject() == t.Subject
}

// waits reports whether the notice of a trouble is in no message yet.
func (s *teller) waits(t run.Trouble) bool {
	return slices.ContainsFunc(s.told.Notices, func(w run.WaitingNotice) bool { return about(w, t) })
}

// count has the waiting notice of a trouble say how often it failed since.
func (s *teller) count(t run.Trouble) {
	for i, w := range s.told.Notices {
		if about(w, t) {
			s.told.Notices[i].Count += t.More
		}
	}
}

// drop removes the waiting notices of a trouble, and counts with it how often it failed
// by those that remind of it. Untold are the owners to whom it has not been told at all;
// "": the block's recipients.
func (s *teller) drop(t *run.Trouble) (untold []string) {
	s.told.Notices = slices.DeleteFunc(s.told.Notices, func(w run.WaitingNotice) bool {
		if !about(w, *t) {
			return false
		}
		if w.ID != 0 {
			s.dropped = append(s.dropped, w.ID)
		}
		if w.Since == nil {
			untold = append(untold, w.Owner)
		} else if w.Owner == "" {
			t.More += w.Count + 1
		}
		return true
	})
	return untold
}

// add adds a notice for a block's recipients, and one for the flow's owner, but none for
// those who are left out.
func (s *teller) add(block config.Notify, f fact, owner string, leftOut ...string) {
	notice := f.Notice
	notice.At = s.now
	notice.URL = link(s.site.HTTP.PagesURL(), notice)
	if !block.PatientData {
		hidePatients(&notice)
	}
	notice.Reason = oneLine(notice.Reason, longestReason)
	for _, to := range slices.Compact([]string{"", owner}) {
		if !slices.Contains(leftOut, to) {
			s.told.Notices = append(s.told.Notices, run.WaitingNotice{Notify: block.Name, Owner: to, Notice: notice})
			s.changed = true
		}
	}
}

// telling gathers notices into messages, and returns what is to be recorded.
func (s *teller) telling() run.Telling {
	s.forget()
	s.gather()
	t := run.Telling{Dropped: s.dropped, Recovered: s.recovered, Digests: s.due, Messages: s.messages}
	for _, w := range s.told.Notices {
		if w.ID == 0 {
			t.Notices = append(t.Notices, w)
		}
	}
	for _, trouble := range s.told.Troubles {
		if s.touched[keyOf(trouble)] {
			t.Troubles = append(t.Troubles, trouble)
		}
	}
	return t
}

// forget removes what is of blocks that the site has no more, and when the next digest
// is due of those that have none any more.
func (s *teller) forget() {
	for _, t := range slices.Clone(s.told.Troubles) {
		if _, known := s.site.Notify.Named(t.Notify); !known {
			i := s.find(t.Notify, t.Subject)
			s.told.Troubles = slices.Delete(s.told.Troubles, i, i+1)
			s.recovered = append(s.recovered, t)
			s.changed = true
		}
	}
	for name := range s.told.Digests {
		if block, known := s.site.Notify.Named(name); !known || !block.Tells(run.NoticeDigest) {
			s.digestDue(name, run.DigestDue{})
		}
	}
	s.told.Notices = slices.DeleteFunc(s.told.Notices, func(w run.WaitingNotice) bool {
		_, known := s.site.Notify.Named(w.Notify)
		if !known {
			s.dropped, s.changed = append(s.dropped, w.ID), true
		}
		return !known
	})
}

// gather makes a message of the notices of a block whose window is over, unless it
// has had as many in this hour as it may: then they wait for the next.
func (s *teller) gather() {
	groups := make(map[[2]string][]run.WaitingNotice)
	for _, w := range s.told.Notices {
		to := [2]string{w.Notify, w.Owner}
		groups[to] = append(groups[to], w)
	}
	for _, to := range slices.SortedFunc(maps.Keys(groups), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		block, _ := s.site.Notify.Named(to[0])
		waited := s.now.Sub(groups[to][0].At)
		if waited >= 0 && waited < block.Window || s.told.Recent[to] >= block.Hourly {
			continue
		}
		s.message(block, to[1], groups[to])
	}
}

// message makes one of notices, for each recipient.
func (s *teller) message(block config.Notify, owner string, notices []run.WaitingNotice) {
	content := run.MessageContent{Kind: "events", Events: []run.Notice{}}
	for _, w := range notices {
		if i := s.find(w.Notify, w.Notice.Subject()); i >= 0 && w.Kind != run.NoticeRecovered && owner == "" {
			t := &s.told.Troubles[i]
			w.Count += t.More
			t.More = 0
			s.touch(*t)
		}
		if len(content.Events) < block.Listed {
			w.Text = sentence(w.Notice)
			content.Events = append(content.Events, w.Notice)
		} else {
			content.NotListed++
		}
		if w.ID != 0 {
			s.dropped = append(s.dropped, w.ID)
		}
	}
	s.told.Notices = slices.DeleteFunc(s.told.Notices, func(w run.WaitingNotice) bool { return w.Notify == block.Name && w.Owner == owner })
	content.Title = title(content.Events, content.NotListed)
	s.post(block, owner, content)
}

// post makes the rows of a message: one for each recipient.
func (s *teller) post(block config.Notify, owner string, content run.MessageContent) {
	recipients := []string{owner}
	if owner == "" {
		recipients = recipientsOf(block)
	}
	for _, recipient := range recipients {
		m := run.Message{ID: run.NewMessageID(), Notify: block.Name, Owner: owner, Recipient: recipient, Created: s.now, Since: s.running}
		m.Content = addressed(s.site, block, content, m.ID, s.now)
		s.messages = append(s.messages, m)
	}
	s.changed = true
}

// recipientsOf are the addresses of a block, or "" for its webhook.
func recipientsOf(block config.Notify) []string {
	if block.Email != nil {
		return block.Email.To
	}
	return []string{""}
}

// addressed adds what all messages have.
func addressed(site *config.Site, block config.Notify, content run.MessageContent, id string, at time.Time) run.MessageContent {
	content.Version, content.ID, content.Site, content.Notify, content.Time = 1, id, site.Name, block.Name, at
	content.URL = site.HTTP.PagesURL()
	return content
}
