package wake

import (
	"errors"
	"time"
)

// soon is how long [Soon] tries.
const soon = time.Second

// Soon tries for what another process holds, for a second as long as the error is
// busy. A child of a process that was killed while it started one has what the process
// had until it runs its own program: its ports and its locks.
func Soon(busy error, try func() error) error {
	until := time.Now().Add(soon)
	for {
		err := try()
		if !errors.Is(err, busy) || time.Now().After(until) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}
