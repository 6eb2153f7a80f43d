package logs

import (
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Bounded keeps a stream up to a limit, and while the disk has room. What it
// does not keep, it counts, and says so in the log itself. Writing to it never
// fails: a task must not notice what becomes of what it prints.
type Bounded struct {
	Writer *Writer
	Limit  uint64       // bytes of the file, but for a last piece; 0: none
	Room   func() error // why nothing may be written now, or nil
	// Lost is called with the reason when it begins not to keep what comes.
	Lost func(why error)

	seen    string // the cursor behind what came last, kept or not; "": nothing came
	full    bool   // the limit is reached
	missing uint64 // bytes that were not kept, since something was
	gap     bool   // what came last was not kept
}

// Cursor returns the executor's cursor behind what came last.
func (b *Bounded) Cursor() string {
	if b.seen != "" {
		return b.seen
	}
	return b.Writer.Cursor()
}

// Write keeps one piece, or counts it. The file's cursor stays that of the last
// piece that was kept: an agent that continues after a crash counts again, or
// keeps more if it may.
func (b *Bounded) Write(f Frame) {
	b.seen = f.Cursor
	why := b.refusal()
	if why == nil {
		why = b.close()
	}
	if why == nil {
		why = b.Writer.Write(f)
	}
	if why == nil {
		return
	}
	if !b.gap {
		b.gap = true
		b.Lost(why)
	}
	b.missing += uint64(len(f.Data))
}

// refusal is why nothing is kept now.
func (b *Bounded) refusal() error {
	if b.full {
		return errFull
	}
	if b.Limit > 0 && b.Writer.Size() >= b.Limit {
		b.full = true
		_ = b.close()                             // what is missing then is said at the end
		if !b.Writer.continued || b.Writer.grew { // else an earlier agent has said it
			_ = b.say("the log of this stream has reached its limit of %s, which is retention { log_size } of the site: nothing behind this line is kept",
				sdk.Size(b.Limit).Rounded())
		}
		return errFull
	}
	if err := b.Room(); err != nil {
		if !b.gap {
			_ = b.say("not kept while this lasts: %v", err)
		}
		return err
	}
	return nil
}

var errFull = errors.New("its limit is reached")

// close says at the end of a gap how much is missing there. If it cannot, the
// gap goes on.
func (b *Bounded) close() error {
	if b.missing > 0 {
		if err := b.say("%s are missing here (%d bytes)", sdk.Size(b.missing).Rounded(), b.missing); err != nil {
			return err
		}
	}
	b.gap, b.missing = false, 0
	return nil
}

// End says what is missing at the end of the stream.
func (b *Bounded) End() { _ = b.close() } // a full disk has no place for it

// say writes a line of its own.
func (b *Bounded) say(format string, args ...any) error {
	line := "raddeploy: " + fmt.Sprintf(format, args...) + "\n"
	if b.Writer.openLine {
		line = "\n" + line
	}
	return b.Writer.Write(Frame{Time: time.Now(), Data: []byte(line), Cursor: b.Writer.Cursor()})
}
