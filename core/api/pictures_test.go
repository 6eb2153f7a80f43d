package api_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/assemble"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == picture.ChildCommand {
		os.Exit(picture.Child(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// Pictures are listed and drawn as the document says, and why there are none is said.
func TestPictures(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	files, err := spool.Open(t.TempDir())
	check(t, err)
	s := api.New(api.Sources{DB: db, Spool: files, Drawer: picture.NewDrawer(decompress.Room{Dir: t.TempDir()}), Doing: func(run.AttemptID) string { return "" }, Logger: hclog.NewNullLogger()})
	handler := documented(t, s.Handler())
	asks := func(path, accept string, code int, mentions ...string) *httptest.ResponseRecorder {
		t.Helper()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/arrivals/"+path, nil)
		request.Header.Set("Accept", accept)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		for _, m := range mentions {
			if answer.Code != code || !strings.Contains(answer.Body.String(), m) {
				t.Errorf("%s: %d %.500s; want %d and %q", path, answer.Code, answer.Body, code, m)
			}
		}
		return answer
	}
	arrival := run.Arrival{ID: "a1", State: run.ArrivalReceiving, Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), arrival))
	asks("a1/pictures", "", http.StatusOK, `"series":[]`, "It is being received")
	slices, err := phantom.Write(files.Path("a1"), phantom.Options{Slices: 2, Size: 16})
	check(t, err)
	var objects []run.Object
	for i, path := range slices {
		file, err := os.Open(path)
		check(t, err)
		header, err := dcm.ScanFile(file)
		check(t, err)
		check(t, file.Close())
		objects = append(objects, run.Object{
			File: "a1/" + filepath.Base(path), SOPInstanceUID: header.UID(dcm.SOPInstanceUID), SOPClassUID: header.UID(dcm.SOPClassUID), TransferSyntaxUID: header.TransferSyntax,
			Received: time.Now().Add(time.Duration(i)),
		})
	}
	assembler := &assemble.Assembler{Store: db, Spool: noSpool{}, Wake: func() {}, Logger: hclog.NewNullLogger()}
	check(t, assembler.Released(t.Context(), "a1", objects))
	asks("a1/pictures", "", http.StatusOK, `"slices":2`, `"middle":2`, `"description":"Head phantom, synthetic"`, `"name":"1"`, `"name":"lung"`)
	if drawn := asks("a1/pictures/1/2", "", http.StatusOK, "\x89PNG"); drawn.Header().Get("Content-Type") != "image/png" {
		t.Errorf("a picture of type %s", drawn.Header().Get("Content-Type"))
	}
	info, err := os.Stat(slices[0])
	check(t, err)
	check(t, os.Truncate(slices[0], info.Size()-100))
	asks("a1/pictures/1/1", "", http.StatusUnprocessableEntity, "no picture: its pixel data is shorter than it says")
	shown := asks("a1/pictures/1/1", "image/png,image/svg+xml,*/*", http.StatusOK, "<svg ", "its pixel data is shorter")
	if kind := shown.Header().Get("Content-Type"); kind != "image/svg+xml" {
		t.Errorf("a placeholder of type %s", kind)
	}
	check(t, os.Remove(slices[0]))
	check(t, os.Symlink("/etc/passwd", slices[0]))
	asks("a1/pictures/1/1", "", http.StatusUnprocessableEntity, "no picture")
	asks("a1/pictures/1/3", "", http.StatusNotFound, "slice 3 of series 1 of arrival a1")
	asks("a2/pictures", "", http.StatusNotFound, "not found")
}
