package ui

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// What the tester takes at once. Of a file it keeps the values that triggers ask
// for, in memory; nothing is written.
const (
	mostFiles = 5000
	mostBytes = 2 << 30
	// longestName is how many characters of a file's name are kept.
	longestName = 255
)

// tested is what the flows would do with files.
type tested struct {
	Calling, Called string
	Objects         int
	Others          []string // files that are not DICOM
	Faulty          int      // not readable to their ends
	Whys            []why
	Tried           bool
}

func (p *Pages) tester(*http.Request) (*page, error) {
	return testPage(&tested{Called: p.api.Agent().AETitle}), nil
}

func testPage(t *tested) *page {
	return &page{Title: "Test files against flows", Tab: "Flows", Data: t, Sections: []string{"tester"}, Static: true}
}

// try reads the headers of what is sent, as it comes, and matches the flows in
// force.
func (p *Pages) try(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostBytes)
	parts, err := r.MultipartReader()
	if err != nil {
		p.sorry(w, r, badRequest("the files have to come as a form: "+err.Error()))
		return
	}
	flows := p.flows()
	matchers := make([]*flow.Matcher, len(flows))
	for i, f := range flows {
		matchers[i] = f.Matcher
	}
	reading := &reading{wanted: decide.Wanted(matchers), tested: tested{Tried: true}}
	if err := reading.all(parts); err != nil {
		p.sorry(w, r, badRequest("the files were not read: "+err.Error()))
		return
	}
	arrival := decide.NewArrival(reading.candidates())
	for _, matcher := range matchers {
		reading.Whys = append(reading.Whys, whyOf(arrival.Match(matcher), func(i int) string { return reading.names[i] }))
	}
	p.write(w, r, http.StatusOK, testPage(&reading.tested))
}

// reading is files that are being read.
type reading struct {
	tested
	wanted  []dcm.Path
	headers []decide.Header
	faults  []string
	names   []string
}

func (t *reading) all(parts *multipart.Reader) error {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "calling":
			t.Calling, err = field(part)
		case "called":
			t.Called, err = field(part)
		case "files":
			err = t.file(part)
		}
		if err != nil {
			return err
		}
	}
}

// field is a short text of a form.
func field(part *multipart.Part) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, 64))
	return strings.TrimSpace(string(text)), err
}

func (t *reading) file(part *multipart.Part) error {
	name := cut(longestName, path.Base(part.FileName()))
	if part.FileName() == "" {
		return nil // none was chosen
	}
	if len(t.headers)+len(t.Others) >= mostFiles {
		return fmt.Errorf("there are more than %d", mostFiles)
	}
	scanner := dcm.Scanner{}
	for _, wanted := range t.wanted {
		scanner.StopAt = max(scanner.StopAt, wanted.Beyond())
	}
	scanner.StopAt = min(scanner.StopAt, dcm.PixelData)
	header, err := scanner.File(part)
	if errors.Is(err, dcm.ErrNotDICOM) {
		t.Others = append(t.Others, name)
		return nil
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return err
	}
	fault := ""
	if err != nil {
		fault = err.Error()
		t.Faulty++
	}
	t.Objects++
	t.headers, t.faults, t.names = append(t.headers, decide.TextsOf(header, t.wanted)), append(t.faults, fault), append(t.names, name)
	return nil
}

func (t *reading) candidates() []decide.Object {
	candidates := decide.Candidates(t.headers, func(int) run.Sender {
		return run.Sender{CallingAE: dcm.AETitle(t.Calling), CalledAE: dcm.AETitle(t.Called)}
	})
	for i := range candidates {
		candidates[i].Fault = t.faults[i]
	}
	return candidates
}
