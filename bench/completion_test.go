package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

const (
	seriesOfStudy = 4
	senders       = 16 // at once
)

// content is what is sent to be completed.
type content struct {
	what    string
	objects int // of a series
	pixels  int // bytes of an object
	promise promise
}

// images are what scanners send. Headers alone, which no modality sends, show
// what is done for each object where it weighs most, and promise nothing.
var (
	images  = content{what: "images", objects: 1, pixels: 512 * 512 * 2, promise: promise{least: 0.95}}
	headers = content{what: "headers", objects: 4}
)

// studiesToComplete is how many studies are sent in a round.
func studiesToComplete(b *testing.B) int {
	if text := os.Getenv("RADDEPLOY_BENCH_STUDIES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 1000
}

// BenchmarkCompletion has 16 senders at once send the series of 1,000 studies: as
// scanners do, an association for each series; and, a wave of studies after the
// other, over one association each in which the objects of all studies of the
// wave are interleaved. One agent completes studies, the other associations.
// Measured is from the first object to the last arrival that is matched; of the
// studies, without the idle time of the last ones, which their rule asks for.
func BenchmarkCompletion(b *testing.B) {
	for _, c := range []content{images, headers} {
		b.Run(c.what+", association for each series", func(b *testing.B) { benchmarkCompletion(b, c, 4*waves, perSeries) })
		b.Run(c.what+", studies interleaved", func(b *testing.B) { benchmarkCompletion(b, c, waves, interleaved) })
	}
}

// object is a CT image.
type object struct {
	study, series, instance dcm.UID
	pixels                  int // bytes
}

// dataset is the object in explicit VR little endian, as a stream of so many bytes.
func (o object) dataset() (data io.Reader, size int64) {
	head := o.header()
	if o.pixels == 0 {
		return bytes.NewReader(head), int64(len(head))
	}
	head = append(head, 0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0)
	head = binary.LittleEndian.AppendUint32(head, uint32(o.pixels))
	return io.MultiReader(bytes.NewReader(head), io.LimitReader(black{}, int64(o.pixels))), int64(len(head) + o.pixels)
}

// newObject is the object of a number, in a series of its own round.
func newObject(round, number, pixels int) object {
	study := dcm.UID(fmt.Sprintf("1.2.840.9.%d", round))
	return object{study, study + ".1", dcm.UID(fmt.Sprintf("%s.1.%d", study, number+1)), pixels}
}

// black is the pixels of all objects.
type black struct{}

func (black) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// header is the elements before the pixels.
func (o object) header() []byte {
	var b []byte
	for _, e := range []struct {
		group, element uint16
		vr, value      string
	}{
		{0x0008, 0x0016, "UI", string(ctImage)}, {0x0008, 0x0018, "UI", string(o.instance)}, {0x0008, 0x0060, "CS", "CT"},
		{0x0020, 0x000D, "UI", string(o.study)}, {0x0020, 0x000E, "UI", string(o.series)},
	} {
		value := e.value
		if len(value)%2 == 1 {
			value += "\x00"
		}
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, e.group), e.element)
		b = binary.LittleEndian.AppendUint16(append(b, e.vr...), uint16(len(value)))
		b = append(b, value...)
	}
	return b
}

// shipment is the objects of one association.
type shipment []object

// waves is in how many parts the studies come. Where an association ends with each
// series there are more: those of one study are to come within the idle time on a
// slow disk, too.
const waves = 10

func benchmarkCompletion(b *testing.B, c content, waves int, ship func(studies []study4) [senders][]shipment) {
	const idle = time.Second
	n := studiesToComplete(b)
	start := func(on string) *site {
		b.Setenv("RADDEPLOY_DICOM_COMPLETE_ON", on)
		b.Setenv("RADDEPLOY_DICOM_COMPLETE_IDLE", idle.String())
		s := makeSite(b, lastingDir(b), "", nil)
		s.start(b)
		return s
	}
	studies, associations := start("study"), start("association")
	objects := n * seriesOfStudy * c.objects
	ours := side{what: fmt.Sprintf("%d %s of %d studies, completed by study", objects, c.what, n), unit: "objects/s"}
	theirs := side{what: "the same, completed by association", unit: "objects/s"}
	matched := map[*site]int{}
	for round := range 5 {
		sites := []*site{studies, associations}
		if round%2 == 0 { // what the one leaves to the file system the other pays for
			slices.Reverse(sites)
		}
		for _, s := range sites {
			settle()
			begun := time.Now()
			for part := range slices.Chunk(newStudies(round, n, c), max(n/waves, 1)) {
				sent := ship(part)
				sendAll(b, s.dicom, sent)
				if s == studies {
					matched[s] += len(part)
				}
				for _, of := range sent {
					if s == associations {
						matched[s] += len(of)
					}
				}
			}
			s.matched(b, matched[s])
			switch took := time.Since(begun); {
			case round == 0: // programs are read from the disk
			case s == studies:
				ours.add(float64(objects) / (took - idle).Seconds())
			default:
				theirs.add(float64(objects) / took.Seconds())
			}
			s.emptyFiles(b)
		}
	}
	if c.promise == (promise{}) {
		remark(b.Name() + ", for information: " + ours.String())
		remarkRatio(ours, theirs)
		return
	}
	compare(b, ours, theirs, c.promise)
}

// emptyFiles frees what the objects of earlier rounds take of the disk. They are
// not removed: some file systems make new files slowly after that.
func (s *site) emptyFiles(b *testing.B) {
	b.Helper()
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".dcm" {
			err = os.Truncate(path, 0)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// study4 is the objects of each series of a study.
type study4 [seriesOfStudy][]object

func newStudies(round, n int, c content) []study4 {
	studies := make([]study4, n)
	for i := range studies {
		study := dcm.UID(fmt.Sprintf("1.2.840.%d.%d", round+1, i+1))
		for k := range studies[i] {
			series := dcm.UID(fmt.Sprintf("%s.%d", study, k+1))
			for m := range c.objects {
				studies[i][k] = append(studies[i][k], object{study, series, dcm.UID(fmt.Sprintf("%s.%d", series, m+1)), c.pixels})
			}
		}
	}
	return studies
}

// perSeries has the series of a study come from four senders at once.
func perSeries(studies []study4) (sent [senders][]shipment) {
	for i, study := range studies {
		for k, series := range study {
			sender := (i*seriesOfStudy + k) % senders
			sent[sender] = append(sent[sender], series)
		}
	}
	return sent
}

// interleaved has each sender send one object of each of its series in turn. With
// fewer series than senders, some send nothing.
func interleaved(studies []study4) (sent [senders][]shipment) {
	for m := range studies[0][0] {
		for i, study := range studies {
			for k, series := range study {
				to := &sent[(i+k+m)%senders]
				if len(*to) == 0 {
					*to = []shipment{nil}
				}
				(*to)[0] = append((*to)[0], series[m])
			}
		}
	}
	return sent
}

// sendAll has the senders send at once.
func sendAll(b *testing.B, to string, sent [senders][]shipment) {
	b.Helper()
	var sending errgroup.Group
	for _, of := range sent {
		sending.Go(func() error {
			for _, one := range of {
				if err := sendShipment(b.Context(), to, one); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := sending.Wait(); err != nil {
		b.Fatal(err)
	}
}

func sendShipment(ctx context.Context, to string, objects shipment) error {
	conn, err := (&dimse.Dialer{CallingAE: "SCANNER"}).Dial(ctx, to, []dimse.PresentationContext{
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
	})
	if err != nil {
		return err
	}
	for _, o := range objects {
		data, size := o.dataset()
		status, err := conn.Store(ctx, dimse.StoreMessage{
			SOPClassUID: ctImage, SOPInstanceUID: o.instance, TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
			Data: data, Size: size,
		})
		if err == nil && !status.Success() {
			err = fmt.Errorf("answered %s", status)
		}
		if err != nil {
			return err
		}
	}
	return conn.Release(ctx)
}

// matched waits until n arrivals are matched, as the log tells.
func (s *site) matched(b *testing.B, n int) {
	b.Helper()
	s.until(b, fmt.Sprintf("%d arrivals to be matched", n), func() bool { return s.log.matched.Load() >= int64(n) })
	if got := s.log.matched.Load(); got != int64(n) {
		b.Fatalf("%d arrivals were matched, want %d", got, n)
	}
}
