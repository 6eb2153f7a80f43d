package e2e_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// hostile is a text that does something where it is taken for HTML.
const hostile = `<img src=x onerror=window.harmed=1>"'<script>window.harmed=1</script>`

// Texts that peers, models and flow files have a hand in are texts on every page,
// when it is opened and when it changes.
func TestHostileTextsOnPages(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("hostile", fmt.Sprintf(`
name: %[1]q
owner: %[1]q
triggers: [{SeriesDescription: "img|x"}]
models:
  - {name: %[1]q, image: any, options: {stdout: [%[1]q], stderr: [%[1]q], files: {'dst/<img src=x onerror=window.harmed=1>.dcm': none}}}
  - {name: b, image: any, input_mounts: {src: /input}, output_mounts: {dst_b: /output}, options: {exit: 1, message: %[1]q}}
destinations: [{host: 127.0.0.1, port: 1, ae_title: "<b>TO</b>"}]
`, hostile))
	site.Start()
	b := open(t, site)
	harmless := func(page string) {
		t.Helper()
		if eval[bool](b, `"harmed" in window || !!document.querySelector("main img, main script, main b b, main b i, main td > b > *")`) {
			t.Errorf("%s took a text for HTML:\n%s", page, b.text())
		}
	}
	b.visit("/ui/")
	objects := testenv.Series(1)
	objects[0].SeriesDescription = "<img src=x>"
	files := testenv.Write(t, objects...)
	for _, title := range []string{"<b><i>AE</i></b>", `"><img src=x>`} {
		if output, err := testenv.Storescu(t, site.DICOM(), []string{"-aet", title}, files...); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	arrival := site.Arrival(2, run.ArrivalMatched)
	r := site.Ended(hostile, run.Failed)
	b.says("<img src=x onerror") // the stream brought it
	harmless("/ui/ as it changed")
	for _, path := range []string{
		"/ui/", "/ui/runs", "/ui/runs/" + string(r.ID), "/ui/runs/" + string(r.ID) + "/retry", "/ui/arrivals", "/ui/arrivals/" + string(arrival.ID),
		"/ui/arrivals/" + string(arrival.ID) + "/rerun", "/ui/flows", "/ui/network", "/ui/executors", "/ui/audit",
	} {
		b.visit(path)
		harmless(path)
	}
	b.visit("/ui/flows")
	b.do(chromedp.Click("section h1 a")) // its address has the whole name
	b.says("Newest runs")
	harmless("the flow's page")
	b.visit("/ui/runs/" + string(r.ID))
	b.until("the log", `document.querySelector("#loglines .x")`)
	harmless("the log")
	b.do(chromedp.SendKeys(".search", hostile+"\n"))
	b.at("/ui/runs")
	harmless("what was searched")
}
