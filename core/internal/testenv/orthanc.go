package testenv

import (
	"encoding/json"
	"fmt"
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
		Missing(t, "no Orthanc on "+orthancREST+": run make services")
	}
	_ = response.Body.Close()
	return Orthanc{t}
}

// Destination is Orthanc as an entry of a flow's destinations.
func (Orthanc) Destination() string { return Destination(orthancPort) }

// Address is where Orthanc takes associations: host and port.
func (Orthanc) Address() string { return fmt.Sprintf("127.0.0.1:%d", orthancPort) }

// MustHave checks that Orthanc has a SOP instance, and removes it when the test
// has ended.
func (o Orthanc) MustHave(instance dcm.UID) {
	o.t.Helper()
	_, id := o.file(instance)
	o.t.Cleanup(func() { o.do(http.MethodDelete, id, "") })
}

// MustKeep checks that Orthanc keeps of a file what it keeps when dcmtk's
// storescu sends it. Orthanc writes data sets anew, so the bytes need not be
// those of the file.
func (o Orthanc) MustKeep(path string) {
	o.t.Helper()
	sent := ReadFile(o.t, path)
	kept, id := o.file(sent.Instance)
	o.t.Cleanup(func() { o.do(http.MethodDelete, id, "") })
	if kept.Dataset == sent.Dataset {
		return
	}
	if output, err := Storescu(o.t, o.Address(), nil, path); err != nil {
		o.t.Fatalf("storescu: %v\n%s", err, output)
	}
	if again, _ := o.file(sent.Instance); again.Dataset != kept.Dataset {
		o.t.Errorf("Orthanc keeps %d bytes of SOP instance %s, and other %d bytes when dcmtk sends it", len(kept.Dataset), sent.Instance, len(again.Dataset))
	}
}

// file returns what Orthanc has of a SOP instance, and where.
func (o Orthanc) file(instance dcm.UID) (file File, path string) {
	o.t.Helper()
	var found []struct{ Path, Type string }
	if err := json.Unmarshal(o.do(http.MethodPost, "/tools/lookup", string(instance)), &found); err != nil {
		o.t.Fatal(err)
	}
	for _, f := range found {
		if f.Type == "Instance" {
			return parse(o.t, "Orthanc's "+f.Path, o.do(http.MethodGet, f.Path+"/file", "")), f.Path
		}
	}
	o.t.Fatalf("Orthanc has no SOP instance %s", instance)
	return File{}, ""
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
