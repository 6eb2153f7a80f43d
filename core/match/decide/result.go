package decide

// Verdict says what a flow does about an arrival.
type Verdict string

// The verdicts.
const (
	Matched Verdict = "matched"
	NoMatch Verdict = "no match" // some trigger selects no object
	Vetoed  Verdict = "vetoed"   // an exclusion matched an object that was otherwise selected
	// OtherRule: the flow is not matched against arrivals that complete as this one did.
	OtherRule Verdict = "other rule"
)

// Result is the decision about one flow and its explanation. As JSON it is
// stored with the arrival.
type Result struct {
	Flow     string    `json:"flow"`
	Version  string    `json:"version,omitempty"`
	Digest   string    `json:"digest,omitempty"` // of the flow as it was, if the caller has set it
	Verdict  Verdict   `json:"verdict"`
	Objects  int       `json:"objects"`            // of the arrival
	Count    int       `json:"selected,omitempty"` // how many of them the run sees
	Selected []int     `json:"-"`                  // their indexes in ascending order, each once; nil unless matched
	Triggers []Trigger `json:"triggers"`
	Veto     *Miss     `json:"veto,omitempty"`   // the first exclusion that vetoed
	Unread   *Unread   `json:"unread,omitempty"` // objects that miss what their headers may have
}

// Unread tells of objects whose headers could not be read to their end: they have
// no text for any tag after that.
type Unread struct {
	Objects int    `json:"objects"` // how many
	First   int    `json:"first"`   // index of the first of them
	Why     string `json:"why"`     // up to which byte that one could be read, and what is wrong there
}

// Trigger explains what one trigger did.
type Trigger struct {
	Selected int   `json:"selected"`           // objects that it selects
	Excluded int   `json:"excluded,omitempty"` // objects that satisfy all inclusions and match an exclusion
	Tags     []Tag `json:"tags"`
	Miss     *Miss `json:"miss,omitempty"` // of the object that came nearest, if none was selected
}

// Tag explains what one tag of a trigger did.
type Tag struct {
	Tag        string    `json:"tag"`
	Present    int       `json:"present"` // objects that have a text for it
	Patterns   []Pattern `json:"patterns"`
	Values     []Value   `json:"values,omitempty"`      // the most frequent ones
	MoreValues int       `json:"more_values,omitempty"` // how many other values there were
}

// Pattern explains what one pattern did.
type Pattern struct {
	Pattern   string `json:"pattern"`
	Exclusion bool   `json:"exclusion,omitempty"`
	Found     int    `json:"found"` // objects in whose value it is found
	// Left is how many objects were left after this pattern, when those of the
	// trigger are applied in their order.
	Left int `json:"left"`
	// GaveUp is how many different values the pattern took too long for. They
	// count as not matched, and as excluded.
	GaveUp int `json:"gave_up,omitempty"`
}

// Value is a value that was seen, and in how many objects.
type Value struct {
	Text    string `json:"text"` // cut after MaxValueLength characters
	Objects int    `json:"objects"`
}

// Miss names what decided about one object.
type Miss struct {
	Object    int    `json:"object"`  // index in the arrival
	Trigger   int    `json:"trigger"` // index in the flow
	Tag       string `json:"tag"`
	Pattern   string `json:"pattern"`
	Missing   bool   `json:"missing,omitempty"` // the object has no such tag
	Value     string `json:"value,omitempty"`   // cut after MaxValueLength characters
	Satisfied int    `json:"satisfied"`         // how many of the trigger's patterns the object satisfies
	Patterns  int    `json:"patterns"`          // how many the trigger has
}

// What an explanation holds at most of what it saw.
const (
	MaxValues      = 8
	MaxValueLength = 120
)

// cut shortens a value for an explanation.
func cut(s string) string {
	n := 0
	for i := range s {
		if n == MaxValueLength {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
