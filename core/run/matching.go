package run

// Matching is what a complete arrival has triggered.
type Matching struct {
	Arrival     ArrivalID
	State       ArrivalState
	Reason      string // why it is unmatched
	Remark      string // what is odd about its objects, if that is said now
	Explanation []byte // JSON: why each flow did or did not trigger
	Runs        []Run
	Tasks       [][]string // of each run: the names of its tasks
}
