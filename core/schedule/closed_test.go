package schedule

import "testing"

// Runs of which the flow cannot be read fail, and stop no other.
func TestUndecodableFlows(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R undecodable
		> run S short
		> run T single
		> block Settle
		> start
		S: failed (its stored flow cannot be read: it has 0 models, and the run has 1 task)
		T-0-1 intended on docker
		T-0-1 executes
		> unblock
		R: failed (its stored flow cannot be read: decode flow: json: cannot unmarshal string into Go struct field Model.models.gpu of type int; it may have been written by a newer version)
		> run U undecodable
		> run V single
		> moved Settle
		> wake
		Settle: moved
		V-0-1 intended on docker
		V-0-1 executes
		> T-0-1 ends ok
		T: T-0-1 ended, a succeeded, done
		T-0-1 removed
	`)
}

// A restart needs no disk: what it has to record, it records when there is room.
func TestRestartOnAFullDisk(t *testing.T) {
	tell(t, `
		> docker has 9 gpus 1
		> run R gpu
		> run S single
		> run T undecodable
		> start
		R-0-1 intended on docker gpu0
		S-0-1 intended on docker
		R-0-1 executes
		T: failed (its stored flow cannot be read: decode flow: json: cannot unmarshal string into Go struct field Model.models.gpu of type int; it may have been written by a newer version)
		S-0-1 executes
		> stop
		> run U undecodable
		> set R canceled
		> disk full
		> start
		Settle: no space left on device
		S-0-1 executes still
		Settle: no space left on device
		> S-0-1 ends ok
		Settle: no space left on device
		> disk free
		> next
		R: R-0-1 ended (its run is not open any more)
		R-0-1 removed
		U: failed (its stored flow cannot be read: decode flow: json: cannot unmarshal string into Go struct field Model.models.gpu of type int; it may have been written by a newer version)
		S: S-0-1 ended, a succeeded, done
		S-0-1 removed
		> next
		> next
	`)
}

// An error ends also what was begun before it.
func TestAnErrorAtTheStartEndsWhatIsUnderWay(t *testing.T) {
	tell(t, `
		> docker has 9
		> run R undecodable
		> disk full
		> fail AttemptsIn
		> start
		AttemptsIn: no space left on device
		Run: resume open runs: no space left on device
	`)
}
