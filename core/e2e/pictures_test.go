package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// boneFlow is a flow of the example model as a process of this machine, and the
// executor that runs it.
func boneFlow(t *testing.T) (executor, flow string) {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "threshold")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", program, "./examples/threshold")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the model: %v\n%s", err, said)
	}
	return fmt.Sprintf("http { require_token = false }\nexecutor \"process\" {\n cpus = 1\n config { images = { \"threshold\" = %q } }\n}", program), `
name: Bone
version: "1.0"
triggers: [{Modality: ^CT$, TransferSyntaxUID: '^1\.2\.840\.10008\.1\.2\.1$'}]
models: [{name: threshold, image: threshold, pull_before_exec: false}]
`
}

// compressed are files as a program of dcmtk compresses them.
func compressed(t *testing.T, files []string, program string, options ...string) (all []string) {
	t.Helper()
	for i, file := range files {
		out := filepath.Join(t.TempDir(), fmt.Sprint(i, ".dcm"))
		if said, err := testenv.Command(t, program, append(options, file, out)...); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		all = append(all, out)
	}
	return all
}

// pictureAt is a picture of a site.
func pictureAt(t *testing.T, site *testenv.Site, path string) image.Image {
	t.Helper()
	drawn, err := png.Decode(strings.NewReader(get(t, site, path, http.StatusOK)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return drawn
}

// colored counts the pixels that are not gray.
func colored(drawn image.Image) (n int) {
	for y := range drawn.Bounds().Dy() {
		for x := range drawn.Bounds().Dx() {
			if r, g, b, _ := drawn.At(x, y).RGBA(); r != g || g != b {
				n++
			}
		}
	}
	return n
}

// Somebody moves a slider through a run's CT with the keyboard, with what the model
// found drawn over it, switches that off, and is in the audit journal for it.
func TestPictures(t *testing.T) {
	t.Parallel()
	executor, flow := boneFlow(t)
	site := programs.NewSite(t, executor)
	site.Flow("bone", flow)
	site.Start()
	series, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 8, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(series...)
	r := site.Ended("Bone", run.Done)
	at := "/v1/runs/" + string(r.ID) + "/pictures"

	var found api.Pictures
	if err := json.Unmarshal([]byte(get(t, site, at, http.StatusOK)), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Series) != 1 || found.Series[0].Slices != 8 || found.Series[0].Middle != 5 || len(found.Series[0].Over) != 1 || found.Series[0].Over[0].Name != "Bone" || !found.Series[0].Over[0].Output {
		t.Fatalf("the pictures are %+v", found)
	}
	plain, over := pictureAt(t, site, at+"/1/5"), pictureAt(t, site, at+"/1/5?over=1&window=bone")
	if colored(plain) != 0 || colored(over) < 100 {
		t.Errorf("%d pixels are in color, and %d with the segmentation over them", colored(plain), colored(over))
	}
	for path, code := range map[string]int{
		"/1/9": http.StatusNotFound, "/2/1": http.StatusNotFound, "/0/1": http.StatusNotFound, "/x/1": http.StatusNotFound, "/1/1?over=7": http.StatusNotFound,
		"/1/1?window=liver": http.StatusBadRequest, "/1/1?windw=lung": http.StatusBadRequest, "/1/1?over=x": http.StatusBadRequest,
	} {
		get(t, site, at+path, code)
	}

	b := open(t, site)
	page := "/ui/runs/" + string(r.ID)
	b.visit(page)
	b.do(chromedp.ScrollIntoView("#pictures img"))
	loaded := `document.querySelector("#pictures img").complete && document.querySelector("#pictures img").naturalWidth`
	b.until("the picture", loaded+" === 512")
	b.says("5 of 8", "Bone", "A preview, not for diagnosis")
	b.accessible("the run's page with pictures")
	inColor := `(() => { const i = document.querySelector("#pictures img"), c = document.createElement("canvas"); c.width = c.height = 512; const x = c.getContext("2d");
		x.drawImage(i, 0, 0); const d = x.getImageData(0, 0, 512, 512).data; let n = 0; for (let k = 0; k < d.length; k += 4) n += d[k] !== d[k + 2]; return n })()`
	if n := eval[int](b, inColor); n < 100 {
		t.Errorf("%d pixels of the page's picture are in color", n)
	}
	b.do(chromedp.Focus("#pictures [name=slice]"))
	b.keys(kb.ArrowRight)
	b.until("the next slice", `document.querySelector("#pictures img").src.includes("/pictures/1/6?") && `+loaded)
	b.says("6 of 8")
	b.do(chromedp.Click("#pictures [name=over][value='1']"))
	b.until("the picture without the segmentation", `document.querySelector("#pictures img").src.includes("?over=0&window=") && `+loaded+` && !`+inColor)
	b.do(chromedp.Click("#pictures a[rel=prev]"))
	b.says("5 of 8")
	b.until("an address that can be sent to a colleague", `location.search.includes("slice=5")`)
	b.do(chromedp.Reload())
	b.until("the same picture", `document.querySelector("#pictures [name=slice]").value === "5" && !document.querySelector("#pictures [name=over][value='1']").checked`)

	// without a script
	mentions(t, get(t, site, page+"?series=1&of=1&slice=3&window=lung&over=0", http.StatusOK),
		`src="`+at+`/1/3?window=lung"`, `rel="next" href="`+page+`?of=1&amp;over=0&amp;series=1&amp;slice=4&amp;window=lung#pictures"`)

	// what is compressed is drawn alike, and what is spoiled is not
	if output, err := testenv.Storescu(t, site.DICOM(), []string{"-xs"}, compressed(t, series, "dcmcjpeg", "+e1")...); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	arrival := site.Arrival(2, run.ArrivalUnmatched)
	if again := pictureAt(t, site, "/v1/arrivals/"+string(arrival.ID)+"/pictures/1/5"); fmt.Sprint(again) != fmt.Sprint(plain) {
		t.Error("the compressed slice is drawn otherwise than the one that it was made from")
	}
	spoiled := site.Data("objects", string(arrival.ID))
	first, err := filepath.Glob(spoiled + "/*.dcm")
	if err != nil || len(first) != 8 {
		t.Fatal(first, err)
	}
	if err := os.Truncate(first[0], 3000); err != nil {
		t.Fatal(err)
	}
	mentions(t, get(t, site, "/v1/arrivals/"+string(arrival.ID)+"/pictures/1/1", http.StatusUnprocessableEntity), "no picture: ", "dcmdjpeg ended with")

	looks, err := site.Client().Audit(t.Context(), api.JournalQuery{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range looks.Items {
		if e.Action == run.Look && e.Of == string(r.ID) && e.Detail == "pictures" {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("%d looks at the run's pictures are recorded, want one that went on: %+v", seen, looks.Items)
	}
}

// A viewer sees that there are pictures and none of them, which is recorded; an agent
// without a decoder says which is missing.
func TestPicturesAreRefused(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), "http { require_token = true }")
	site.Flow("ct", "name: CT\ntriggers: [{Modality: CT}]\nmodels: [{image: any}]\n")
	site.Start()
	series, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 2, Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(series...)
	arrival := site.Arrival(1, run.ArrivalMatched)
	at := "/v1/arrivals/" + string(arrival.ID) + "/pictures"
	asks := func(role run.Role, path string, code int) string {
		t.Helper()
		made, err := site.Client().CreateToken(t.Context(), api.TokenOrder{Role: role, Name: "a " + string(role)})
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.HTTP()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+made.Secret)
		return answered(t, code)(http.DefaultClient.Do(request))
	}
	asks(run.Viewer, at, http.StatusForbidden)
	asks(run.Viewer, at+"/1/1", http.StatusForbidden)
	text := asks(run.Viewer, "/ui/arrivals/"+string(arrival.ID), http.StatusOK)
	mentions(t, text, "Pictures are for the roles operator and admin")
	if strings.Contains(text, "Head phantom, synthetic</option>") || strings.Contains(text, "<img") {
		t.Error("the page of a viewer has pictures")
	}
	if drawn, err := png.Decode(bytes.NewReader([]byte(asks(run.Operator, at+"/1/1", http.StatusOK)))); err != nil || drawn.Bounds().Dx() != 512 {
		t.Errorf("the picture of an operator: %v", err)
	}
	refused := 0
	all, err := site.Client().Audit(t.Context(), api.JournalQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all.Items {
		if e.Result == run.WasRefused && e.Action == "pictures" && e.Of == string(arrival.ID) && e.By == "a viewer" {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d refusals are recorded, want 2: %+v", refused, all.Items)
	}
}
