package e2e_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// The agent is killed in the midst of an object, after as many others as it was
// asked to take. Everything that it answered is there when it is back, and
// nothing else; the sender's next try takes the place of the first.
func TestKilledWhileReceiving(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	arrivals := 0
	for _, answered := range []int{0, 1, 150} { // more than are recorded in the database at once
		site.StartProgram()
		series := testenv.Series(answered + 1)
		sender := testenv.Dial(t, site.DICOM())
		sender.MustStore(series[:answered]...)
		large := series[answered]
		large.Pixels = make([]byte, 1<<20)
		cut := &blocked{first: large.Dataset()[:600<<10], reached: make(chan struct{}), killed: make(chan struct{})}
		var storing sync.WaitGroup
		storing.Go(func() {
			if _, err := sender.StoreFrom(large, cut, 1<<20); err == nil {
				t.Error("an object was answered that was not whole")
			}
		})
		<-cut.reached
		testenv.Until(t, "a part of the object to be in its file", func() (bool, string) { return partly(t, site, 100<<10) })
		site.Kill()
		close(cut.killed)
		storing.Wait()

		site.StartProgram()
		arrivals++
		if answered == 0 {
			site.Arrival(arrivals, run.ArrivalDiscarded) // it is of no use to anybody
		} else {
			held := site.Arrival(arrivals, run.ArrivalIncomplete)
			if held.Objects != answered {
				t.Errorf("%d objects are there of %d that were answered", held.Objects, answered)
			}
			same(t, "after the crash", testenv.ReadFiles(t, site.Data("objects", string(held.ID))), files(series[:answered]))
		}
		site.Send(testenv.Write(t, series...)...)
		arrivals++
		again := site.Arrival(arrivals, run.ArrivalMatched)
		if answered > 0 {
			if old := site.Arrival(arrivals-1, run.ArrivalSuperseded); !strings.Contains(old.Reason, string(again.ID)) {
				t.Errorf("the first try does not name the second one: %q", old.Reason)
			}
		}
		r := site.Ended("copy", run.Done)
		same(t, "the run", objects(t, site, r.ID), files(series))
		site.Stop()
	}
}

// blocked is a data set that stops in its midst until its receiver is killed.
type blocked struct {
	first           []byte
	reached, killed chan struct{}
	once            sync.Once
}

func (b *blocked) Read(p []byte) (int, error) {
	if len(b.first) > 0 {
		n := copy(p, b.first)
		b.first = b.first[n:]
		return n, nil
	}
	b.once.Do(func() { close(b.reached) })
	<-b.killed
	return 0, io.ErrUnexpectedEOF
}

// partly reports whether the spool has a file of so many bytes, as only one
// object here is long enough to have.
func partly(t *testing.T, site *testenv.Site, size int64) (bool, string) {
	t.Helper()
	found, err := filepath.Glob(site.Data("objects", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			return true, ""
		}
	}
	return false, fmt.Sprintf("%d files, all of them short", len(found))
}

// files are objects as they lie on a disk.
func files(objects []testenv.Object) map[testenv.Key]testenv.File {
	all := make(map[testenv.Key]testenv.File)
	for _, o := range objects {
		key := testenv.Key{Instance: o.Instance, TransferSyntax: dcm.ExplicitVRLittleEndian}
		all[key] = testenv.File{Key: key, Dataset: string(o.Dataset())}
	}
	return all
}

// A release that was answered is a promise: the agent is killed with the answer
// on the wire, and its run is made and done all the same.
func TestKilledAfterTheRelease(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	for n := range 3 {
		site.StartProgram()
		series := testenv.Series(3)
		sender := testenv.Dial(t, site.DICOM())
		sender.MustStore(series...)
		sender.MustRelease()
		site.Kill()
		site.StartProgram()
		count(t, site, "copy", n+1)
		runs := site.Runs("copy")
		same(t, "the run", objects(t, site, runs[n].ID), files(series))
		site.Stop()
	}
}
