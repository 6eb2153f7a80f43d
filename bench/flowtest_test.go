package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/phantom"
)

// tested is how many files a flow is tested on.
const tested = 5000

// BenchmarkFlowTest runs `flow test` on 5,000 files in the page cache: against
// a bound of its own, and against nothing but opening each file and reading its
// first 4 KB, by as many threads.
func BenchmarkFlowTest(b *testing.B) {
	dir := b.TempDir()
	files, err := phantom.Write(dir, phantom.Options{Slices: tested, Size: 16})
	if err != nil {
		b.Fatal(err)
	}
	var flows []string
	for i := range 10 {
		path := filepath.Join(b.TempDir(), fmt.Sprintf("%d.yaml", i))
		if err := os.WriteFile(path, []byte(tenFlows[i]+"models: [{image: busybox}]\n"), 0o644); err != nil {
			b.Fatal(err)
		}
		flows = append(flows, path)
	}
	agent := program(b)
	ours := side{what: fmt.Sprintf("flow test of 10 flows on %d files", tested), unit: "s"}
	theirs := side{what: "opening each and reading its first 4 KB", unit: "s"}
	for range 5 {
		begin := time.Now()
		readBare(b, files)
		theirs.seconds(time.Since(begin))
		begin = time.Now()
		out, err := exec.Command(agent, append([]string{"flow", "test", "-on", dir}, flows...)...).CombinedOutput()
		ours.seconds(time.Since(begin))
		if want := fmt.Sprintf("matched, %d of %d objects", tested, tested); err != nil || strings.Count(string(out), want) != 5 {
			b.Fatalf("%v: %d flows matched all\n%s", err, strings.Count(string(out), want), out)
		}
	}
	limit(b, ours, promise{most: 3})
	remark(fmt.Sprintf("%s; ratio %.3g", theirs, ours.value()/theirs.value()))
}

func readBare(b *testing.B, files []string) {
	b.Helper()
	var readers sync.WaitGroup
	n := runtime.NumCPU()
	for r := range n {
		readers.Go(func() {
			buffer := make([]byte, 4<<10)
			for i := r; i < len(files); i += n {
				file, err := os.Open(files[i])
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = file.Read(buffer) // a shorter file is as good
				file.Close()
			}
		})
	}
	readers.Wait()
}

// tenFlows are the triggers of ten flows, of which five match a CT of a head.
var tenFlows = []string{
	"triggers: [{Modality: CT}]\n",
	"triggers: [{Modality: CT, SeriesDescription: ['(?i)head|neck|brain', '~FLAIR']}]\n",
	"triggers: [{Modality: MR}]\n",
	"triggers: [{SOPClassUID: '^1\\.2\\.840\\.10008\\.5\\.1\\.4\\.1\\.1\\.2$', BodyPartExamined: 'HEAD|'}]\n",
	"triggers: [{Modality: CT, SeriesDescription: Thorax}]\n",
	"triggers: [{SOPInstanceUID: '\\.\\d+$'}]\n",
	"triggers: [{Modality: CT}, {Modality: RTSTRUCT}]\n",
	"triggers: [{SeriesDescription: '^(?!.*native).*phantom'}]\n",
	"triggers: [{Modality: PT, SeriesDescription: '\\bCT\\b'}]\n",
	"triggers: [{StudyDescription: '^AutoSeg'}]\n",
}

// BenchmarkMatching matches ten flows against a study of 2,000 objects whose
// headers were read, and compares that with nothing but asking one regular
// expression about one value of each object and flow.
func BenchmarkMatching(b *testing.B) {
	const objects = 2000
	texts := make([]decide.Object, objects)
	for i := range texts {
		texts[i] = decide.Object{Header: header{
			"Modality": "CT", "SeriesDescription": "Head phantom", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "BodyPartExamined": "HEAD",
			"SOPInstanceUID": fmt.Sprintf("2.25.1234567890.%d", i), "StudyDescription": "planning",
		}}
	}
	matchers := make([]*flow.Matcher, 10)
	for i := range matchers {
		m, problems := flow.Compile(&flow.Flow{Triggers: []flow.Trigger{{Tags: []flow.TagPatterns{
			{Tag: "Modality", Patterns: []string{"^CT$"}},
			{Tag: "SeriesDescription", Patterns: []string{"(?i)head|neck|brain", "~FLAIR"}},
			{Tag: "SOPInstanceUID", Patterns: []string{`\.\d+$`}},
		}}}})
		if m == nil {
			b.Fatal(problems)
		}
		matchers[i] = m
	}
	bare := regexp.MustCompile(`\.\d+$`)
	ours := side{what: fmt.Sprintf("matching 10 flows of 4 patterns against %d objects", objects), unit: "ms"}
	theirs := side{what: "one pattern on one value of each object and flow", unit: "ms"}
	for range 7 {
		begin := time.Now()
		for range matchers {
			for i := range texts {
				if !bare.MatchString(texts[i].Header.(header)["SOPInstanceUID"]) {
					b.Fatal("the bare pattern does not match")
				}
			}
		}
		theirs.add(float64(time.Since(begin).Microseconds()) / 1e3)
		begin = time.Now()
		arrival := decide.NewArrival(texts)
		for _, m := range matchers {
			if r := arrival.Match(m); r.Count != objects {
				b.Fatalf("%d objects match", r.Count)
			}
		}
		ours.add(float64(time.Since(begin).Microseconds()) / 1e3)
	}
	compare(b, ours, theirs, promise{most: 6})
}

// header is an object's texts by tag.
type header map[string]string

// Texts returns the text of a tag.
func (h header) Texts(p dcm.Path) []string {
	if text, ok := h[p.String()]; ok {
		return []string{text}
	}
	return nil
}
