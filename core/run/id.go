package run

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
)

// ArrivalID names an arrival: a random UUID, such as
// "0b7c1f8e-6f0e-4f3e-9c3a-2f1d8f1f2a10". A unique prefix is enough for people.
type ArrivalID string

// ID names a run: a random UUID. Containers see it as FLOW_UID.
type ID string

// AttemptID names one try at one task: the run's id, the model's index and the
// number of the try. It is unique for ever and consists of characters that
// every runtime takes in a name.
type AttemptID string

// NewArrivalID mints an arrival's id.
func NewArrivalID() ArrivalID { return ArrivalID(uuid()) }

// NewID mints a run's id.
func NewID() ID { return ID(uuid()) }

// AttemptOf returns the id of try number (from 1) at the task of the model with
// this index.
func AttemptOf(run ID, model, number int) AttemptID {
	return AttemptID(string(run) + "-" + strconv.Itoa(model) + "-" + strconv.Itoa(number))
}

// Split returns what [AttemptOf] made the id of. Not ok: it did not.
func (id AttemptID) Split() (run ID, model, number int, ok bool) {
	parts := strings.Split(string(id), "-")
	n := len(parts) - 2
	if n < 1 {
		return "", 0, 0, false
	}
	model, err := strconv.Atoi(parts[n])
	number, err2 := strconv.Atoi(parts[n+1])
	run = ID(strings.Join(parts[:n], "-"))
	return run, model, number, err == nil && err2 == nil && AttemptOf(run, model, number) == id
}

// uuid is a version 4 UUID (RFC 9562 §5.4).
func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
