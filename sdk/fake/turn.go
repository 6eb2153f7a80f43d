package fake

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// turn tells when an attempt was given one of the backend's slots, which it
// keeps until its end is noted. One that has none yet is given one if one is
// free. It is the zero time while all are taken.
func (b Backend) turn(attempt sdk.AttemptID, now time.Time) (time.Time, error) {
	var given mark
	if ok, err := b.read(attempt, "turn", &given); ok || err != nil {
		return given.At, err
	}
	lock, err := os.OpenFile(filepath.Join(b.Dir, ".turns"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return time.Time{}, err
	}
	defer lock.Close() // which unlocks
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return time.Time{}, fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	others, err := b.Attempts()
	if err != nil {
		return time.Time{}, err
	}
	taken := 0
	for _, other := range others {
		if b.has(other, "started") && b.has(other, "turn") && !b.has(other, "ended") {
			taken++
		}
	}
	if taken >= b.slots {
		return time.Time{}, nil
	}
	_, err = b.write(attempt, "turn", mark{At: now})
	return now, err
}

func (b Backend) has(attempt sdk.AttemptID, fact string) bool {
	_, err := os.Stat(b.path(attempt, fact))
	return err == nil
}
