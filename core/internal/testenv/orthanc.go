package testenv

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Orthanc is the archive of this machine as make services starts it.
type Orthanc struct{ t testing.TB }

const (
	orthancREST = "http://127.0.0.1:8042"
	orthancPort = 4242
)

// NewOrthanc finds Orthanc. Without it the test is skipped, or fails under CI.
func NewOrthanc(t testing.TB) Orthanc {
	t.Helper()
	response, err := http.Get(orthancREST + "/system")
	if err != nil {
		missing(t, "no Orthanc on "+orthancREST+": run make services")
	}
	_ = response.Body.Close()
	return Orthanc{t}
}

// Destination is Orthanc as an entry of a flow's destinations.
func (Orthanc) Destination() string { return Destination(orthancPort) }

// File returns what Orthanc has of a SOP instance, and removes it there when the test ends.
func (o Orthanc) File(instance dcm.UID) File {
	o.t.Helper()
	var found []struct{ ID, Path, Type string }
	if err := json.Unmarshal(o.do(http.MethodPost, "/tools/lookup", string(instance)), &found); err != nil {
		o.t.Fatal(err)
	}
	for _, f := range found {
		if f.Type == "Instance" {
			o.t.Cleanup(func() { o.do(http.MethodDelete, f.Path, "") })
			return parse(o.t, "Orthanc's "+f.Path, o.do(http.MethodGet, f.Path+"/file", ""))
		}
	}
	o.t.Fatalf("Orthanc has no SOP instance %s", instance)
	return File{}
}

func (o Orthanc) do(method, path, body string) []byte {
	o.t.Helper()
	address, err := url.JoinPath(orthancREST, path)
	if err != nil {
		o.t.Fatal(err)
	}
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		o.t.Fatalf("Orthanc: %s %s: %s %v %s", method, path, response.Status, err, answer)
	}
	return answer
}
