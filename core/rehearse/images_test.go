package rehearse

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/sdk"
)

// holder is an executor that has some images.
type holder struct {
	name string
	says func(image string) (bool, error)

	mu    sync.Mutex
	asked []string
}

func (h *holder) Instance() string { return h.name }

func (h *holder) HasImage(_ context.Context, image string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, image)
	return h.says(image)
}

func has(string) (bool, error)   { return true, nil }
func lacks(string) (bool, error) { return false, nil }
func old(string) (bool, error)   { return false, sdk.Errorf(sdk.Unimplemented, "no such call") }
func away(string) (bool, error)  { return false, sdk.Errorf(sdk.Unavailable, "it is away") }

// An image is looked for where it is used before its registry is asked, which has none
// here: once, however many flows name it.
func TestExecutorsAreAskedForImagesFirst(t *testing.T) {
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/manifests/") {
			requests.Add(1)
		}
		images.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	image := strings.TrimPrefix(server.URL, "http://") + "/model:1"

	for _, test := range []struct {
		name     string
		says     []func(string) (bool, error)
		asked    bool   // the registry
		fact     string // what is as it should be
		warnings int
		hint     string
	}{
		{"one has it", []func(string) (bool, error){has}, false, "executor e0 has it", 0, ""},
		{"all have it", []func(string) (bool, error){has, has}, false, "executor e0, e1 has it", 0, ""},
		{"none has it", []func(string) (bool, error){lacks}, true, "", 2, "tasks that use it fail on executor e0, which has no copy"},
		{"one of two has it", []func(string) (bool, error){has, lacks}, true, "", 2, "tasks that use it fail on executor e1, which has no copy"},
		{"it cannot tell", []func(string) (bool, error){old}, true, "", 2, "tasks that use it fail unless their executor has a copy already"},
		{"it is away", []func(string) (bool, error){away}, true, "", 2, "tasks that use it fail unless their executor has a copy already"},
		{"one has it, one is away", []func(string) (bool, error){has, away}, true, "", 2, "unless their executor has a copy already, as e0 has"},
		{"nobody to ask", nil, true, "", 2, "tasks that use it fail unless their executor has a copy already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests.Store(0)
			o := &online{images: make(map[string]*imageUse)}
			var executors []imageFinder
			for i, says := range test.says {
				executors = append(executors, &holder{name: fmt.Sprintf("e%d", i), says: says})
			}
			for _, flow := range []string{"a", "b"} {
				text := fmt.Sprintf("name: %s\ntriggers: [{Modality: CT}]\nmodels: [{image: %q}]\n", flow, image)
				loaded, found := flowfile.Parse(flow+".yaml", []byte(text), flowfile.Options{})
				if len(loaded) != 1 {
					t.Fatal(found)
				}
				o.use(loaded[0], 0, executors)
			}
			o.findImages(t.Context())

			for _, e := range executors {
				if asked := e.(*holder).asked; len(asked) != 1 {
					t.Errorf("%s was asked for %q, want the image once", e.Instance(), asked)
				}
			}
			if got := requests.Load() > 0; got != test.asked {
				t.Errorf("the registry was asked: %t", got)
			}
			if facts := strings.Join(o.found.Facts, "\n"); !strings.HasSuffix(facts, test.fact) || (test.fact == "") != (facts == "") {
				t.Errorf("facts %q, want %q", facts, test.fact)
			}
			if len(o.found.Diagnostics) != test.warnings {
				t.Errorf("said: %v", o.found.Diagnostics)
			}
			for _, d := range o.found.Diagnostics {
				if !strings.Contains(d.Hint, test.hint) {
					t.Errorf("hint %q, want %q", d.Hint, test.hint)
				}
			}
		})
	}
}
