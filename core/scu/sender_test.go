package scu_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/scu"
)

// images are CT images whose instance UIDs end with their numbers.
func images(t testing.TB, n int) []scu.File {
	t.Helper()
	var paths []string
	for i := range n {
		instance := instanceOf(i)
		paths = append(paths, put(t, part10(t, ctImage, instance, dcm.ExplicitVRLittleEndian, dataset(ctImage, instance))))
	}
	return identified(t, paths...)
}

func instanceOf(i int) dcm.UID { return dcm.UID(fmt.Sprintf("1.2.3.%03d", 100+i)) }

// An object at which the association breaks keeps no other from being sent, and
// each break of it is reported.
func TestOneBadObject(t *testing.T) {
	for _, bad := range []int{0, 2, 4} {
		t.Run(fmt.Sprint("object ", bad), func(t *testing.T) {
			p := &peer{}
			files := images(t, 5)
			s := &scu.Sender{Address: breaks(t, p.listen(t), instanceOf(bad))}
			o := send(t, s, files)
			if want := slices.DeleteFunc([]int{0, 1, 2, 3, 4}, func(i int) bool { return i == bad }); !slices.Equal(o.sent(), want) {
				t.Errorf("sent %v, want %v", o.sent(), want)
			}
			if got := o.last[bad]; !got.Broke || !got.Retryable || !strings.Contains(got.Reason, "broke at this object") || o.broke != 2 {
				t.Errorf("the bad one broke %d times: %+v", o.broke, got)
			}
		})
	}
}

// An object that is set aside is tried last, on an association of its own.
func TestSetAside(t *testing.T) {
	p := &peer{}
	files := images(t, 4)
	files[0].Breaks, files[1].Breaks = scu.AsideAfter, 1
	o := send(t, &scu.Sender{Address: p.listen(t)}, files)
	if want := []dcm.UID{instanceOf(2), instanceOf(3), instanceOf(1), instanceOf(0)}; !slices.Equal(p.got(), want) {
		t.Errorf("the peer took %v, want %v", p.got(), want)
	}
	if diff := cmp.Diff([]int{3, 4}, o.answered); diff != "" {
		t.Errorf("outcomes at the end of each association: %s", diff)
	}
}

// A peer at which every association breaks is left alone after two.
func TestEveryAssociationBreaks(t *testing.T) {
	files := images(t, 9)
	var all []dcm.UID
	for _, file := range files {
		all = append(all, file.SOPInstanceUID)
	}
	p := &peer{}
	if o := send(t, &scu.Sender{Address: breaks(t, p.listen(t), all...)}, files); o.broke != 2 || len(o.sent()) > 0 {
		t.Errorf("%d associations broke, and %v were sent", o.broke, o.sent())
	}
}

// A peer that does not answer the request to release changes nothing: all results
// are reported before it.
func TestReleaseThatIsNotAnswered(t *testing.T) {
	stay := make(chan struct{})
	p := &peer{released: func() { <-stay }}
	address := p.listen(t)
	t.Cleanup(func() { close(stay) })
	o := send(t, &scu.Sender{Address: address, Dialer: &dimse.Dialer{ReleaseTimeout: 50 * time.Millisecond}}, images(t, 3))
	if len(o.sent()) != 3 || !slices.Equal(o.answered, []int{3}) {
		t.Errorf("sent %v, answered at %v", o.sent(), o.answered)
	}
}

func TestWhichStatusMayPass(t *testing.T) {
	for status, retryable := range map[dimse.Status]bool{
		0x0110: true, 0xA700: true, 0xA7FF: true, 0x0213: true, 0xA900: false, 0xC000: false, 0x0122: false, 0x0117: false, 0x0124: false,
	} {
		p := &peer{status: func(dcm.UID) dimse.Status { return status }}
		o := send(t, &scu.Sender{Address: p.listen(t)}, images(t, 1))
		if got := o.last[0]; got.Sent || got.Status != status || got.Retryable != retryable {
			t.Errorf("%v: %+v", status, got)
		}
	}
}

// Several associations are used at once where that is wanted.
func TestSeveralAssociations(t *testing.T) {
	const many = 3
	var inside sync.WaitGroup
	inside.Add(many)
	first := make(chan struct{}, many)
	p := &peer{status: func(dcm.UID) dimse.Status {
		select {
		case first <- struct{}{}:
			inside.Done()
		default:
		}
		inside.Wait() // until so many objects are being stored at once
		return dimse.Success
	}}
	o := send(t, &scu.Sender{Address: p.listen(t), Associations: many}, images(t, 7))
	if len(o.sent()) != 7 || len(o.answered) != many {
		t.Errorf("sent %v over %d associations", o.sent(), len(o.answered))
	}
}

// A peer that takes fewer associations than are wanted gets all objects over those.
func TestFewerAssociationsThanWanted(t *testing.T) {
	p := &peer{limit: 1}
	o := send(t, &scu.Sender{Address: p.listen(t), Associations: 4}, images(t, 7))
	if len(o.sent()) != 7 {
		t.Errorf("sent %v", o.sent())
	}
}

// A peer that takes none is not the objects' fault.
func TestNoAssociation(t *testing.T) {
	s := &scu.Sender{Address: "127.0.0.1:1", Dialer: &dimse.Dialer{}}
	files := images(t, 2)
	o := &outcomes{t: t}
	if err := s.Send(t.Context(), files, o.report(files)); !errors.As(err, new(*scu.NoAssociationError)) || o.broke != 0 {
		t.Errorf("%v, %d breaks", err, o.broke)
	}
}

// What could not be sent when it was listed is not sent later either, whatever
// was recorded of it, and keeps nothing else from being sent.
func TestUnsendableObjectsOfAnOldList(t *testing.T) {
	files := images(t, 3)
	bad := dataset(ctImage, "1.2.abc")
	letters, cut, gone := files[0], files[0], files[0]
	letters.Name, letters.SOPInstanceUID = put(t, part10(t, ctImage, "1.2.3", dcm.ExplicitVRLittleEndian, bad)), "1.2.abc"
	cut.Name = put(t, part10(t, ctImage, "1.2.3", dcm.ExplicitVRLittleEndian, dataset(ctImage, "1.2.3")[:80]))
	gone.Name += ".gone"
	class := files[0]
	class.Name, class.SOPClassUID = put(t, part10(t, ctImage, "1.2.3", dcm.ExplicitVRLittleEndian, dataset("no class", "1.2.3"))), "no class"
	p := &peer{}
	o := send(t, &scu.Sender{Address: p.listen(t)}, append([]scu.File{letters, cut, gone, class}, files...))
	if want := []int{4, 5, 6}; !slices.Equal(o.sent(), want) {
		t.Errorf("sent %v, want %v", o.sent(), want)
	}
	for i, want := range []string{"is not valid", "ends within an element", "cannot be read", "SOP Class UID (0008,0016) is not valid"} {
		if got := o.last[i]; got.Retryable || !strings.Contains(got.Reason, want) {
			t.Errorf("%d: %+v, want %q", i, got, want)
		}
	}
}

// A file that could not be read when it was listed, so that its UIDs are not known,
// is sent if it can be read now.
func TestAFileThatCanBeReadLater(t *testing.T) {
	files := images(t, 2)
	files[0] = scu.File{Name: files[0].Name}
	p := &peer{}
	if o := send(t, &scu.Sender{Address: p.listen(t)}, files); !slices.Equal(o.sent(), []int{0, 1}) {
		t.Errorf("sent %v: %+v", o.sent(), o.last)
	}
}

// Where this host is short of something for a while, an object can be sent later.
func TestWhatThisHostIsShortOf(t *testing.T) {
	for _, err := range []error{syscall.EMFILE, syscall.ENOSPC, syscall.ESTALE} {
		p := &peer{}
		files := images(t, 2)
		o := send(t, &scu.Sender{Address: p.listen(t), Open: func(name string) (*os.File, error) {
			if name == files[0].Name {
				return nil, &fs.PathError{Op: "open", Path: name, Err: err}
			}
			return os.Open(name)
		}}, files)
		if got := o.last[0]; got.Sent || got.Broke || !got.Retryable || strings.Contains(got.Reason, files[0].Name) || !slices.Equal(o.sent(), []int{1}) {
			t.Errorf("%v: %+v, and sent %v", err, got, o.sent())
		}
	}
}
