package match

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// candidates reads, of every object, what the flows' triggers ask for, and what its
// study is known by.
func (m *Matcher) candidates(ctx context.Context, arrival run.Arrival, objects []run.Object, flows []*flowfile.Loaded) ([]decide.Object, []run.Study, error) {
	from := func(int) run.Sender { return arrival.Sender }
	if len(arrival.Senders) > 1 { // of a series or study
		senders, err := m.Store.SentBy(ctx, arrival.ID)
		if err != nil {
			return nil, nil, err
		}
		from = func(i int) run.Sender { return senders[objects[i].Association()] }
	}
	matchers := make([]*flow.Matcher, len(flows))
	for i, f := range flows {
		matchers[i] = f.Matcher
	}
	wanted := decide.Wanted(matchers)
	headers, faults := make([]decide.Header, len(objects)), make([]string, len(objects))
	studies, first := make([]run.Study, len(objects)), firsts(objects)
	var readers errgroup.Group
	readers.SetLimit(runtime.NumCPU())
	for i, object := range objects {
		headers[i] = decide.Texts(nil)
		if len(wanted) == 0 && (len(flows) == 0 || !first[i]) {
			continue
		}
		readers.Go(func() error {
			headers[i], studies[i], faults[i] = m.read(object, wanted)
			return nil
		})
	}
	_ = readers.Wait() // no reader fails
	candidates := decide.Candidates(headers, from)
	for i := range candidates {
		candidates[i].Fault = faults[i]
	}
	return candidates, studies, nil
}

// read scans the header of one object. A data set that breaks the rules has the
// values that could be read, and comes with what is wrong with it.
func (m *Matcher) read(object run.Object, wanted []dcm.Path) (texts decide.Texts, study run.Study, fault string) {
	header, err := m.Headers.Header(object.File)
	if err != nil {
		m.Logger.Warn("header of a received object is not readable to its end", "file", object.File, "error", err)
		fault = err.Error()
	}
	return decide.TextsOf(header, wanted), studyOf(header), fault
}
