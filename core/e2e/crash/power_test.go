package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// The power of the disk that holds the agent's data is cut, again and again, in
// the moments when it has just promised something or been told something, and
// in random ones. What was not synced is gone then. The agent starts on what is
// left, and nothing that it acknowledged is missing.
//
// The disk is ext4 with its journal. A drive that loses what it says it has
// written is not shown, nor is what the tasks of such a moment wrote: their
// runtime is taken to have lost them, and they run again.
func TestPowerIsCut(t *testing.T) {
	t.Parallel()
	first, until := seed(t), time.Now().Add(soaking(t))
	cuts := (number(t, "RADDEPLOY_KILLS", 64) + 1) / 2
	for n := first; ; n = rand.Uint64N(1_000_000) {
		t.Run(fmt.Sprint("seed ", n), func(t *testing.T) { cutAtRandom(t, n, cuts) })
		if t.Failed() || !time.Now().Before(until) {
			return
		}
	}
}

func cutAtRandom(t *testing.T, seed uint64, cuts int) {
	t.Logf("seed %d with %d cuts of the power: repeat it with make crash SEED=%d KILLS=%d", seed, cuts, seed, 2*cuts)
	p := newPowered(t)
	p.saveLog(fmt.Sprintf("power-%d", seed))
	random := rand.New(rand.NewPCG(seed, 0))
	sending, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	p.LaunchProgram()
	for range cuts {
		p.arm(pick(random, anObject, anObject, aRelease, aDelivery, aLine), random)
		for range 2 {
			study := randomStudy(random)
			study.flow = "copy"
			for i := range study.parts {
				study.parts[i].again = false // sent again, it would not be missed
			}
			p.senders.send(sending, study)
		}
		p.untilCut()
		p.Kill()
		p.disk.restore()
		p.forget()
		p.senders.ledger.turnPower()
		p.LaunchProgram()
	}
	p.senders.all.Wait()
	p.rest()
	p.Stop()
	t.Log(p.count())
}

// powered is a site whose data are on a disk of its own.
type powered struct {
	*site
	disk *disk

	mu    sync.Mutex
	event event         // that cuts the power
	left  int64         // how often it happens until it does; 0: the power is cut
	cut   chan struct{} // closed when it is
}

// event is what cuts the power.
type event string

const (
	anObject  event = "an object is answered with Success"
	aRelease  event = "a release is answered"
	aDelivery event = "an object came to the destination"
	aLine     event = "the agent logs a line"
)

func newPowered(t *testing.T) *powered {
	t.Helper()
	p := &powered{site: &site{t: t, holds: true, archive: &testenv.Archive{}, told: &told{}}}
	p.archive.Store = func(int) dimse.Status {
		p.happens(aDelivery)
		return dimse.Success
	}
	p.archive.Listen(t)
	p.http = address(t)
	p.senders = senders{to: address(t), ledger: ledger{objects: map[dcm.UID]*promise{}}}
	p.senders.answered = func(release bool) {
		if release {
			p.happens(aRelease)
		} else {
			p.happens(anObject)
		}
	}
	p.Site = programs.NewSite(t, testenv.Fake(2),
		fmt.Sprintf("dicom {\n listen = %q\n on_abort = \"hold\"\n}\nhttp {\n listen = %q\n require_token = false\n}", p.senders.to, p.http))
	p.disk = newDisk(t, p.Data())
	p.Flow("copy", "triggers: [{Modality: CT}]\nmodels: [{image: any, options: {copy: true}}]\ndestinations: ["+p.archive.Destination()+"]\n")
	return p
}

// arm has the power cut when something happens for the nth time.
func (p *powered) arm(event event, random *rand.Rand) {
	most := map[any]int64{anObject: 20, aRelease: 3, aDelivery: 15, aLine: 150}[event]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.event, p.left, p.cut = event, 1+random.Int64N(most), make(chan struct{})
}

// happens is called where something happens, before anything follows from it.
func (p *powered) happens(event event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if event != p.event || p.left == 0 {
		return
	}
	if p.left--; p.left == 0 {
		p.cutPower()
		close(p.cut)
	}
}

// untilCut waits until the power was cut, and cuts it itself if what was to cut
// it does not happen.
func (p *powered) untilCut() {
	p.t.Helper()
	if p.event == aLine {
		p.moment(int(p.left))
	} else {
		select {
		case <-p.cut:
			return
		case <-time.After(5 * time.Second):
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left > 0 {
		p.left = 0
		p.cutPower()
	}
}

func (p *powered) cutPower() {
	p.senders.ledger.turnPower()
	p.disk.cut()
}

// forget has the executor's backend lose its tasks, as the runtimes of a host
// that starts again do.
func (p *powered) forget() {
	p.t.Helper()
	if err := os.RemoveAll(p.Backend().Dir); err != nil {
		p.t.Fatal(err)
	}
}
