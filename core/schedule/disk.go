package schedule

import "time"

// roomInterval is how often it is looked whether there is room for tasks again.
const roomInterval = 2 * time.Second

// noRoom reports whether there is too little room on the disk for tasks to
// start. Then the ready ones wait and say so: what they would write could end
// the service of the site, and to fail them would lose them.
func (s *Scheduler) noRoom(now time.Time) bool {
	if s.queue.Len() == 0 || s.Room == nil {
		s.roomAt = time.Time{}
		return false
	}
	if now.Before(s.roomAt) {
		s.queue.Hold(s.short) // those that have become ready since
		return true
	}
	err := s.Room()
	if err == nil {
		if !s.roomAt.IsZero() {
			s.Logger.Info("tasks start again: the disk has room")
		}
		s.roomAt = time.Time{}
		return false
	}
	if s.roomAt.IsZero() {
		s.Logger.Error("no task starts", "error", err, "waiting", s.queue.Len())
		// Later texts have other numbers, and would be recorded for each task
		// again and again.
		s.short = "waits: " + err.Error()
	}
	s.roomAt = now.Add(roomInterval)
	s.queue.Hold(s.short)
	return true
}
