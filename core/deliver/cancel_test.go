package deliver

import "testing"

// What a peer took before stays sent; nothing more is sent, and the destination
// is free for others at once.
func TestCancelOfARunThatIsSent(t *testing.T) {
	tell(t, `
		> pacs hangs
		> start
		> delivery 1 R pacs a
		> delivery 2 R archive a
		> delivery 3 S pacs a
		> wake
		1: sending
		1: lists 1 files
		1: to pacs: a
		2: sending
		2: lists 1 files
		2: to archive: a
		2: a is sent
		2: sent
		> pacs takes
		> cancel R
		3: sending
		3: lists 1 files
		3: to pacs: a
		3: a is sent
		3: sent
		S: done
		> next
	`)
}

func TestCancelBetweenTwoTries(t *testing.T) {
	tell(t, `
		> pacs rejects
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: pending: association rejected
		> pacs takes
		> cancel R
		> next
	`)
}

// The row was abandoned after it was read, and before its try was recorded.
func TestCancelAsATryBegins(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> late BeginTry
		> start
		> cancel R
		> next
		> delivery 2 S pacs a
		> next
		2: sending
		2: lists 1 files
		2: to pacs: a
		2: a is sent
		2: sent
		S: done
	`)
}

func TestCancelAsATryEnds(t *testing.T) {
	tell(t, `
		> delivery 1 R pacs a
		> late EndTry
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		1: a is sent
		> cancel R
		> next
	`)
}

func TestRestartAfterACancel(t *testing.T) {
	tell(t, `
		> pacs hangs
		> delivery 1 R pacs a
		> start
		1: sending
		1: lists 1 files
		1: to pacs: a
		> crash
		> cancel R
		> start
		> next
	`)
}
