package run

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

// Sender is the peer that an arrival came from.
type Sender struct {
	CallingAE dcm.AETitle
	CalledAE  dcm.AETitle
	Address   string // IP address, without the port
}

// Same reports whether two senders are one peer, whatever it called the receiver.
func (s Sender) Same(other Sender) bool {
	return s.CallingAE == other.CallingAE && s.Address == other.Address
}

// Arrival is a set of objects that completed together.
type Arrival struct {
	ID        ArrivalID
	Seq       int64 // grows by arrival order
	State     ArrivalState
	Sender    Sender
	Opened    time.Time
	Completed time.Time
	Objects   int // while receiving: so far
	Instances int // SOP instances that they are
	Bytes     int64
	Reason    string // why it is incomplete, superseded or unmatched
	// Refused are the abstract syntaxes that its associations proposed in vain.
	Refused []dcm.UID
	// FilesRemoved is when it was decided that the files of its objects are
	// removed; zero: they are there. Nothing that needs them may begin after it.
	FilesRemoved time.Time

	// The rest is of arrivals of a series or study. Rule is zero for what one
	// association brought.
	Rule     flow.Rule
	UID      dcm.UID   // of the series or study; the association's id where objects name none
	Revision int       // from 1
	Previous ArrivalID // the revision that its objects were late for; "": none
	Last     time.Time // when its last object came
	Deadline time.Time // when the rule's max_wait is over
	// Completion says how it became complete, and what is odd about it.
	Completion string
	Senders    []Sender // all that sent to it, each once; empty: Sender alone
}

// Association returns the id under which the association of an object is
// recorded. Its objects lie in the folder of that name.
func (o *Object) Association() ArrivalID {
	id, _, _ := strings.Cut(o.File, "/")
	return ArrivalID(id)
}

// Object is one SOP instance, kept as one Part 10 file.
type Object struct {
	ID                int64 // grows by order of arrival
	File              string
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	TransferSyntaxUID dcm.UID
	StudyUID          dcm.UID
	SeriesUID         dcm.UID
	Modality          string
	// the first four characters of PatientID and the initials; what the
	// dashboard shows
	Patient  string
	Size     int64 // bytes of the data set
	Received time.Time
}

// Run is one flow executed on one arrival.
type Run struct {
	ID         ID
	Seq        int64
	Arrival    ArrivalID
	Sender     Sender
	Senders    []Sender // all of a series or study, each once; empty: Sender alone
	Flow       string
	Version    string
	Digest     string // of the flow as it was when the run was created
	Definition []byte // the flow itself, as flow.Encode wrote it; lists leave it out
	Priority   int
	State      State
	Reason     string // why it failed
	Patient    string
	Objects    []int64 // the selected objects; lists leave them out
	Selected   int     // how many they are, as recorded
	// Studies are those of its objects, for a run that is to be recorded. Runs that
	// are read leave them out.
	Studies    []Study
	Received   time.Time
	Created    time.Time
	Dispatched time.Time // its first task was started
	Finished   time.Time // its last task ended
	Sent       time.Time
	// FilesRemoved is when it was decided that its inputs and outputs are
	// removed; zero: they are there, and so are the objects that it works on.
	// Nothing that needs them may begin after it.
	FilesRemoved time.Time
	LogsRemoved  time.Time // the same for what its tasks printed
}

// Study is what people know a study by.
type Study struct {
	Accession string // Accession Number
	Date      string // Study Date, as YYYYMMDD
}

// AllSenders returns the peers that a run's objects came from, by calling AE
// title and address: each once, whatever it called the receiver.
func (r *Run) AllSenders() []Sender {
	if len(r.Senders) == 0 {
		return []Sender{r.Sender}
	}
	var all []Sender
	for _, s := range r.Senders {
		if !slices.ContainsFunc(all, s.Same) {
			all = append(all, s)
		}
	}
	return all
}

// Task is one model of one run.
type Task struct {
	Run     ID
	Index   int // of the model in the flow
	Name    string
	State   TaskState
	Tries   int // attempts that were made
	Retries int // of those, how many the flow's retries paid
	Faults  int // of those, how many infrastructure failed
	// NextTry is when it is tried again that infrastructure failed, and FaultSince
	// since when it is tried, in the time that agents have run. Zero: at once, and
	// infrastructure has not failed it.
	NextTry    time.Time
	FaultSince time.Duration
	Reason     string
}

// Attempt is one try at a task.
type Attempt struct {
	ID       AttemptID
	Run      ID
	Task     int
	Number   int
	Executor string // the instance
	GPUs     []string
	State    AttemptState
	Handle   []byte
	Exit     []byte // the executor's report, as JSON
	Reason   string
	Intended time.Time
	Started  time.Time
	Ended    time.Time
	// Rebooted says that its host was booted anew while it was open: what it had
	// written before may be cut.
	Rebooted bool
	RanOn    RanOn    // of one that has ended
	Warnings []string // likewise
}

// RanOn is what an attempt ran on, and what it used: what makes its results what
// they are, beside its flow and its inputs. What is unknown is empty.
type RanOn struct {
	Image         string // the reference, as the flow has it
	Digest        string // of the image that was run, such as "sha256:…"
	Plugin        string // the executor's
	PluginVersion string
	Node          string
	Devices       []string // its GPUs: UUID, CDI name or index
	CPU           time.Duration
	MemoryPeak    int64 // bytes
}

// Delivery is the sending of one run's output to one destination.
type Delivery struct {
	ID          int64
	Run         ID
	Destination Destination
	State       DeliveryState
	Tries       int
	NextTry     time.Time
	Missed      int           // tries in a row, of all that go there, that came to no association with the destination
	Since       time.Duration // when it began, in the time that agents have run
	Reason      string
	Objects     int
	SentObjects int // committed ones, too
	Finished    time.Time
	// Committed is how many objects the destination committed to, Asks how often it
	// was asked to, and UncommittedSince when all were sent first, in the time that
	// agents have run; 0: they were not, or it is not asked.
	Committed        int
	Asks             int
	UncommittedSince time.Duration
	// Superseded is set of a delivery that does not count any more: its run was
	// tried again or sent again since.
	Superseded bool
}

// Destination is the DICOM node that a delivery goes to.
type Destination struct {
	Name    string // of a site's destination; "": a flow's own host and port, or the sender
	Host    string
	Port    int
	AETitle dcm.AETitle
}

// String returns the name or, where there is none, the AE title.
func (d Destination) String() string {
	if d.Name != "" {
		return d.Name
	}
	return string(d.AETitle)
}

// Address returns host:port.
func (d Destination) Address() string { return net.JoinHostPort(d.Host, strconv.Itoa(d.Port)) }

// DeliveryObject is one file of a delivery.
type DeliveryObject struct {
	Delivery          int64
	File              string // path below the run's folder
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	TransferSyntaxUID dcm.UID
	State             ObjectState
	Status            uint16 // the DIMSE status of the last try
	Reason            string
	Breaks            int // how many associations broke at it
}
