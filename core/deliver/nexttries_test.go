package deliver

import "testing"

// A clock that was a year ahead when the next tries were recorded stops no
// delivery for a year, and neither does one that has other deliveries behind it.
func TestNextTriesOfAClockThatWasAhead(t *testing.T) {
	tell(t, `
		> pacs rejects
		> delivery 1 R pacs a
		> delivery 2 S pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: pending: association rejected
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: pending: association rejected
		> stop
		> clock 1 8760h
		> clock 2 8760h
		> start
		1: sending
		1: to pacs: a
		1: pending: association rejected
		2: sending
		2: to pacs: a
		2: pending: association rejected
	`)
}

// A clock that was a year behind makes it due, and fails it not.
func TestNextTriesOfAClockThatWasBehind(t *testing.T) {
	tell(t, `
		> pacs rejects
		> delivery 1 R pacs a
		> clock 1 -8760h
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: pending: association rejected
		> pacs takes
		> next
		1: sending
		1: to pacs: a
		1: a is sent
		1: sent
		R: done
	`)
}

// Each waits for its own next try, however many there are.
func TestADestinationsDeliveriesInTheOrderOfTheirNextTries(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> delivery 2 S pacs a
		> delivery 3 T pacs a
		> clock 1 3s
		> clock 2 2s
		> clock 3 1s
		> start
		> next
		3: sending
		3: lists 1 files
		3: to pacs: a
		3: a is sent
		3: sent
		T: done
		> next
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: a is sent
		2: sent
		S: done
		> next
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		1: sent
		R: done
	`)
}

// A destination that is down is tried with one delivery for all that wait for
// it, in turn, at pauses that grow; when it is back all of them go.
func TestADestinationThatIsDown(t *testing.T) {
	tell(t, `
		> pacs down
		> delivery 1 R pacs a
		> delivery 2 S pacs a
		> delivery 3 T pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: pending: connection refused
		> next
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: pending: connection refused
		> next
		3: sending
		3: lists 1 files
		3: to pacs: a
		3: pending: connection refused
		> pacs takes
		> delivery 4 U archive a
		> wake
		4: sending
		4: lists 1 files
		4: to archive: a
		4: a is sent
		4: sent
		U: done
		> next
		1: sending
		1: to pacs: a
		1: a is sent
		1: sent
		2: sending
		2: to pacs: a
		2: a is sent
		2: sent
		3: sending
		3: to pacs: a
		3: a is sent
		3: sent
		R: done
		S: done
		T: done
	`)
}

// Those whose time is over are given up one after the other, without a pause.
func TestADestinationThatStaysDown(t *testing.T) {
	tell(t, `
		> pacs down
		> delivery 1 R pacs a
		> delivery 2 S pacs a
		> delivery 3 T pacs a
		> over 1
		> over 2
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: failed: given up after 1 tries: connection refused
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: failed: given up after 1 tries: connection refused
		3: sending
		3: lists 1 files
		3: to pacs: a
		3: pending: connection refused
		R: failed: delivery to pacs: given up after 1 tries: connection refused
		S: failed: delivery to pacs: given up after 1 tries: connection refused
	`)
}
