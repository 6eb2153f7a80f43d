package deliver

import "testing"

func TestADelivery(t *testing.T) {
	tell(t, `
		> start
		> delivery 1 R pacs a b
		> wake
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is sent
		1: sent
		R: done
		> delivery 2 S pacs a
		> next
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: a is sent
		2: sent
		S: done
		> stop
	`)
}

// What is due, and what was cut off, is the same at every start.
func TestRestartInEachState(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> set 1 pending
		> delivery 2 R archive a
		> set 2 sending
		> delivery 3 R viewer a
		> set 3 sent
		> delivery 4 R printer a
		> set 4 failed
		> delivery 5 S printer a
		> set 5 abandoned
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: sent
		2: pending: interrupted
		2: sending
		2: lists 1 files
		2: to archive: a
		2: a is sent
		2: sent
		R: failed: delivery to printer
	`)
}

func TestWhatAPeerTookIsNotSentAgain(t *testing.T) {
	tell(t, `
		> pacs breaks b
		> delivery 1 R pacs a b
		> start
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is pending
		1: pending: 1 object not taken yet: the association broke
		> pacs busy b
		> next
		1: sending
		1: to pacs: b
		1: b is pending
		1: pending: 1 object not taken yet: the peer answered A700
		> pacs takes
		> next
		1: sending
		1: to pacs: b
		1: b is sent
		1: sent
		R: done
	`)
}

// What was answered is recorded before the association's release, which a peer
// may let wait.
func TestAPeerThatDoesNotAnswerTheRelease(t *testing.T) {
	tell(t, `
		> pacs lingers
		> delivery 1 R pacs a b
		> start
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is sent
		> next
		1: sent
		R: done
	`)
}

// What was answered is recorded while the peer does not answer the next object.
func TestAPeerThatStallsAtAnObject(t *testing.T) {
	tell(t, `
		> pacs stalls b
		> delivery 1 R pacs a b
		> start
		1: sending
		1: lists 2 files
		1: to pacs: a b
		> next
		1: a is sent
		> pacs takes
		> crash
		> start
		1: pending: interrupted
		1: sending
		1: to pacs: b
		1: b is sent
		1: sent
		R: done
	`)
}

func TestRefusedAndGivenUp(t *testing.T) {
	tell(t, `
		> pacs refuses b
		> archive rejects
		> delivery 1 R pacs a b
		> delivery 2 R archive a b
		> delivery 3 R unknown a
		> start
		1: sending
		1: lists 2 files
		1: to pacs: a b
		1: a is sent
		1: b is failed
		1: failed: 1 of 2 objects not sent, the last because: the peer answered C000
		2: sending
		2: lists 2 files
		2: to archive: a b
		2: pending: association rejected
		3: sending
		3: failed: the site has no destination "unknown": add it, or change the flow
		> next
		2: sending
		2: to archive: a b
		2: pending: association rejected
		> over 2
		> next
		2: sending
		2: to archive: a b
		2: failed: given up after 3 tries: association rejected
		R: failed: delivery to unknown: the site has no destination "unknown": add it, or change the flow
	`)
}

// A destination that never answers keeps only what is for itself.
func TestADestinationThatNeverAnswers(t *testing.T) {
	tell(t, `
		> pacs hangs
		> delivery 1 R pacs a
		> delivery 2 R pacs a
		> delivery 3 R archive a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		3: sending
		3: lists 1 files
		3: to archive: a
		3: a is sent
		3: sent
		> next
		> stop
		> pacs takes
		> start
		1: pending: interrupted
		1: sending
		1: to pacs: a
		1: a is sent
		1: sent
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: a is sent
		2: sent
		R: done
	`)
}

func TestCrashBetweenSteps(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> crash at BeginTry
		> start
		BeginTry: crash
		> crash
		> crash at ListObjects
		> start
		1: sending
		ListObjects: crash
		> crash
		> crash at SetResults
		> start
		1: pending: interrupted
		1: sending
		1: lists 1 files
		1: to pacs: a
		SetResults: crash
		> crash
		> crash at EndTry
		> start
		EndTry: crash
		> crash
		> start
		1: pending: interrupted
		1: sending
		1: to pacs: a
		1: a is sent
		1: sent
		R: done
	`)
}

// What was answered is recorded though the agent stops.
func TestStopWhileSending(t *testing.T) {
	tell(t, `
		> pacs slow
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		> stop
		1: a is sent
		> start
		1: pending: interrupted
		1: sending
		1: to pacs: nothing
		> next
		1: sent
		R: done
	`)
}

func TestFullDisk(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> fail NextTries
		> start
		NextTries: no space left on device
		> fail BeginTry
		> next
		BeginTry: no space left on device
		> fail DeliveryObjects
		> next
		1: sending
		1: pending: no space left on device
		DeliveryObjects: no space left on device
		> fail ListObjects
		> next
		1: sending
		1: pending: no space left on device
		ListObjects: no space left on device
		> fail SetResults
		> next
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: pending: no space left on device
		SetResults: no space left on device
		> fail EndTry
		> next
		1: sending
		1: to pacs: nothing
		EndTry: no space left on device
		> next
		1: sent
		R: done
	`)
}

// A disk that is full at the start ends neither the agent nor other deliveries.
func TestFullDiskAtTheStart(t *testing.T) {
	tell(t, `
		> archive hangs
		> delivery 1 R pacs a
		> set 1 sending
		> delivery 2 S archive a
		> fail EndTry
		> start
		2: sending
		2: lists 1 files
		2: to archive: a
		EndTry: no space left on device
		> next
		1: pending: interrupted
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: sent
		R: done
	`)
}

// Whoever moves a delivery first has moved it.
func TestTwoEndsAtOnce(t *testing.T) {
	tell(t, `
		> late BeginTry
		> delivery 1 R pacs a
		> start
		> set 1 abandoned
		> next
		> pacs slow
		> delivery 2 S pacs a
		> wake
		2: sending
		2: lists 1 files
		2: to pacs: a
		> set 2 failed
		> next
		2: a is sent
		> next
	`)
}

// A list of open deliveries that is old when it comes ends no try again that
// has ended meanwhile.
func TestALateAnswer(t *testing.T) {
	tell(t, `
		> pacs slow
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		> late NextTries
		> wake
		> next
		1: a is sent
		1: sent
		R: done
		> next
		> late EndTry
		> delivery 2 S pacs a
		> wake
		2: sending
		2: lists 1 files
		2: to pacs: a
		> next
		2: a is sent
		> wake
		> next
		2: sent
		S: done
	`)
}

func TestCanceledBeforeItsEndIsRecorded(t *testing.T) {
	tell(t, `
		> fail EndTry
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		EndTry: no space left on device
		> stop
		> start
		1: pending: interrupted
		1: sending
		1: to pacs: nothing
		1: sent
		R: done
	`)
}
