package dimse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// objects are CT images that are small and beyond doubt.
var objects = []string{"../scu/testdata/good-1.dcm", "../scu/testdata/good-2.dcm"}

// keeper is a recorder that keeps data sets.
type keeper struct {
	*recorder
	mu   sync.Mutex
	kept map[dcm.UID][]byte
}

func newKeeper() *keeper {
	k := &keeper{recorder: newRecorder(), kept: map[dcm.UID][]byte{}}
	k.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
		var data bytes.Buffer
		if _, err := rq.Data.WriteTo(&data); err != nil {
			return dimse.ProcessingFailure
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.kept[rq.SOPInstanceUID] = data.Bytes()
		return dimse.Success
	}
	return k
}

// has checks that the objects came, each with its own pixels, as they cannot but
// be in whatever encoding a peer has sent them.
func (k *keeper) has(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, path := range objects {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		h, err := dcm.ScanFile(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(k.kept[h.UID(dcm.SOPInstanceUID)], content[len(content)-3000:len(content)-1000]) {
			t.Errorf("%s has not come", path)
		}
	}
}

// Other implementations send C-ECHO and objects, and release their associations.
func TestOtherUsers(t *testing.T) {
	for _, peer := range testenv.Implementations() {
		t.Run(peer.Name, func(t *testing.T) {
			k := newKeeper()
			host, port, err := net.SplitHostPort(serve(t, &dimse.Server{NewSession: k.NewSession}))
			if err != nil {
				t.Fatal(err)
			}
			peer.Echo(t, host, port)
			if err := k.end(t); err != nil {
				t.Errorf("after C-ECHO the association ended with %v", err)
			}
			peer.Store(t, host, port, objects...)
			if err := k.end(t); err != nil {
				t.Errorf("after C-STORE the association ended with %v", err)
			}
			k.has(t)
		})
	}
}

// Orthanc sends objects that it keeps.
func TestOrthancSends(t *testing.T) {
	const orthanc = "http://127.0.0.1:8042"
	ask := func(method, path string, body io.Reader) []byte {
		t.Helper()
		rq, err := http.NewRequestWithContext(t.Context(), method, orthanc+path, body)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := http.DefaultClient.Do(rq)
		if err != nil {
			missing(t, "no Orthanc: run make services-orthanc")
		}
		defer func() { _ = rs.Body.Close() }()
		answer, err := io.ReadAll(rs.Body)
		if err != nil || rs.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s, %s, %v", method, path, rs.Status, answer, err)
		}
		return answer
	}
	k := newKeeper()
	to := hostPort(t, serve(t, &dimse.Server{NewSession: k.NewSession}))
	var ids []string
	for _, path := range objects {
		content, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var stored struct{ ID string }
		if err := json.Unmarshal(ask(http.MethodPost, "/instances", content), &stored); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, stored.ID)
	}
	name := "/modalities/raddeploy-" + to[1]
	ask(http.MethodPut, name, strings.NewReader(fmt.Sprintf(`{"AET": "SCP", "Host": "%s", "Port": %s}`, to[0], to[1])))
	ask(http.MethodPost, name+"/echo", strings.NewReader("{}"))
	if err := k.end(t); err != nil {
		t.Errorf("after C-ECHO the association ended with %v", err)
	}
	all, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	ask(http.MethodPost, name+"/store", bytes.NewReader(all))
	k.has(t)
}
