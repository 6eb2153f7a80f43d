package e2e_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// chromium is a browser that looks at the pages of a site. What its console
// complains of fails the test: an error of the script, or what the policy of the
// pages forbids.
type chromium struct {
	context.Context
	t    *testing.T
	site *testenv.Site

	mu       sync.Mutex
	complain []string
}

func open(t *testing.T, site *testenv.Site, more ...chromedp.ExecAllocatorOption) *chromium {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Tool(t, "chromium")), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.WindowSize(1320, 1000))
	options = append(options, more...)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	b := &chromium{Context: ctx, t: t, site: site}
	t.Cleanup(func() {
		b.quiet()
		end()
		endAllocator()
	})
	if err := chromedp.Do(ctx); err != nil { // it starts the browser, which lives as long as this context
		t.Fatalf("start chromium: %v", err)
	}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *chromium) listen(event any) {
	said := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = fmt.Sprintf("%s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			said = fmt.Sprintf("console: %+v", e.Args)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "net::ERR_") {
			said = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if said != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.complain = append(b.complain, said)
	}
}

// quiet checks that nothing was complained of.
func (b *chromium) quiet() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.complain {
		b.t.Errorf("the browser says: %s", said)
	}
	b.complain = nil
}

// do does something within a minute.
func (b *chromium) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v; the page is\n%.3000s", err, b.text())
	}
}

func (b *chromium) url(path string) string { return b.site.HTTP() + path }

// visit opens a page and waits until its changes are streamed, if it has any.
func (b *chromium) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url(path)), chromedp.WaitReady("main"))
	b.until("the stream of "+path, `!document.querySelector("main").dataset.live || document.body.dataset.stream === "open"`)
}

// eval evaluates JavaScript from outside of the page, which its policy does not
// concern.
func eval[T any](b *chromium, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, time.Minute)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.200s: %v", expression, err)
	}
	return value
}

func (b *chromium) text() (text string) {
	ctx, cancel := context.WithTimeout(b.Context, 5*time.Second)
	defer cancel()
	text, _ = chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`)) // it is for a message
	return text
}

// until waits until an expression is true, without a reload.
func (b *chromium) until(what, expression string) {
	b.t.Helper()
	testenv.Until(b.t, what, func() (bool, string) {
		ok, err := chromedp.Run(b.Context, chromedp.Evaluate[bool]("!!("+expression+")"))
		return ok && err == nil, fmt.Sprintf("%v; the page says\n%.3000s", err, b.text())
	})
}

// says waits until the page says all this.
func (b *chromium) says(words ...string) {
	b.t.Helper()
	for _, word := range words {
		b.until(fmt.Sprintf("%q", word), fmt.Sprintf("document.body.innerText.includes(%q)", word))
	}
}

// keys types keys where the focus is.
func (b *chromium) keys(all ...string) {
	b.t.Helper()
	for _, key := range all {
		b.do(chromedp.KeyEvent(key))
	}
}

// at waits until the address has a path.
func (b *chromium) at(path string) {
	b.t.Helper()
	b.until("the address to be "+path, fmt.Sprintf(`location.pathname === %q && document.readyState === "complete"`, path))
}

// presses moves the focus with the tabulator until it is on what a selector names,
// and presses enter.
func (b *chromium) presses(selector string) {
	b.t.Helper()
	for range 200 {
		if eval[bool](b, fmt.Sprintf("document.activeElement && document.activeElement.matches(%q)", selector)) {
			b.keys(kb.Enter)
			return
		}
		b.keys(kb.Tab)
	}
	b.t.Fatalf("the tabulator does not reach %s", selector)
}

// accessible checks a page with axe-core: it has no serious finding.
func (b *chromium) accessible(what string) {
	b.t.Helper()
	var found []struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	text := eval[string](b, axe(b.t)+`; axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`)
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		if f.Impact == "serious" || f.Impact == "critical" {
			b.t.Errorf("%s: %s (%s, %s): %s %s", what, f.Help, f.ID, f.Impact, f.Nodes[0].HTML, f.Nodes[0].FailureSummary)
		}
	}
}

// axe is axe-core, which looks for what keeps people from using a page.
var axe = func() func(*testing.T) string {
	read := sync.OnceValues(func() (string, error) {
		packed, err := os.ReadFile("testdata/axe-core-4.10.3.min.js.gz")
		if err != nil {
			return "", err
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(unpacked)
		return string(text), err
	})
	return func(t *testing.T) string {
		t.Helper()
		text, err := read()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}()
