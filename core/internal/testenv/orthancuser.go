package testenv

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/run"
)

// OrthancAE is the AE title of Orthanc.
const OrthancAE = "ORTHANC"

// OrthancPort is where Orthanc takes associations.
const OrthancPort = orthancPort

// Modality is a DICOM node that Orthanc knows.
type Modality struct {
	o    Orthanc
	name string
}

// Knows has Orthanc know a DICOM node until the test has ended: one that may ask
// for storage commitment, and report it.
func (o Orthanc) Knows(aeTitle, address string) Modality {
	o.t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		o.t.Fatal(err)
	}
	number, _ := strconv.Atoi(port)
	m := Modality{o, "test-" + port}
	body, _ := json.Marshal(map[string]any{"AET": aeTitle, "Host": host, "Port": number, "AllowStorageCommitment": true, "AllowStore": true, "AllowEcho": true})
	o.do(http.MethodPut, "/modalities/"+m.name, string(body))
	o.t.Cleanup(func() { o.do(http.MethodDelete, "/modalities/"+m.name, "") })
	return m
}

// Upload gives Orthanc files, and returns how it names them. They are removed when
// the test has ended.
func (o Orthanc) Upload(files ...string) (ids []string) {
	o.t.Helper()
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			o.t.Fatal(err)
		}
		var made struct{ ID string }
		if err := json.Unmarshal(o.do(http.MethodPost, "/instances", string(content)), &made); err != nil {
			o.t.Fatal(err)
		}
		ids = append(ids, made.ID)
		o.t.Cleanup(func() { o.do(http.MethodDelete, "/instances/"+made.ID, "") })
	}
	return ids
}

// OrthancCommitted is what Orthanc was told about a request for storage commitment.
type OrthancCommitted struct {
	Status   string // "Pending", "Success" or "Failure"
	Success  []struct{ SOPClassUID, SOPInstanceUID string }
	Failures []struct{ SOPClassUID, SOPInstanceUID, Description string }
}

// Ask has Orthanc ask the node for storage commitment, and returns what it is told.
func (m Modality) Ask(refs ...run.Reference) OrthancCommitted {
	m.o.t.Helper()
	return m.o.committed(m.ask(refs))
}

// AskInVain has Orthanc ask, and returns what it says about the refusal.
func (m Modality) AskInVain(refs ...run.Reference) string {
	m.o.t.Helper()
	response, err := http.Post(orthancREST+"/modalities/"+m.name+"/storage-commitment", "", strings.NewReader(instances(refs)))
	if err != nil {
		m.o.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		m.o.t.Error("Orthanc's request was taken")
	}
	return response.Status
}

func (m Modality) ask(refs []run.Reference) (path string) {
	m.o.t.Helper()
	var asked struct{ Path string }
	if err := json.Unmarshal(m.o.do(http.MethodPost, "/modalities/"+m.name+"/storage-commitment", instances(refs)), &asked); err != nil {
		m.o.t.Fatal(err)
	}
	return asked.Path
}

func instances(refs []run.Reference) string {
	var pairs [][]string
	for _, r := range refs {
		pairs = append(pairs, []string{string(r.SOPClassUID), string(r.SOPInstanceUID)})
	}
	body, _ := json.Marshal(map[string]any{"DicomInstances": pairs})
	return string(body)
}

func (o Orthanc) committed(path string) (c OrthancCommitted) {
	o.t.Helper()
	Until(o.t, "Orthanc's report of storage commitment", func() (bool, string) {
		c = OrthancCommitted{}
		if err := json.Unmarshal(o.do(http.MethodGet, path, ""), &c); err != nil {
			return false, err.Error()
		}
		return c.Status != "Pending", fmt.Sprintf("%+v", c)
	})
	return c
}

// StoreAndAsk has a job of Orthanc send what it has under these names to the node
// and ask it for storage commitment, and returns what it is told.
func (m Modality) StoreAndAsk(ids ...string) OrthancCommitted {
	m.o.t.Helper()
	body, _ := json.Marshal(map[string]any{"Resources": ids, "StorageCommitment": true, "Synchronous": false})
	var job struct{ ID string }
	if err := json.Unmarshal(m.o.do(http.MethodPost, "/modalities/"+m.name+"/store", string(body)), &job); err != nil {
		m.o.t.Fatal(err)
	}
	var state struct {
		State                          string
		Content                        struct{ StorageCommitmentTransactionUID string }
		ErrorDescription, ErrorDetails string
	}
	Until(m.o.t, "the end of Orthanc's job", func() (bool, string) {
		if err := json.Unmarshal(m.o.do(http.MethodGet, "/jobs/"+job.ID, ""), &state); err != nil {
			return false, err.Error()
		}
		return state.State == "Success" || state.State == "Failure", state.State
	})
	if state.State != "Success" {
		m.o.t.Fatalf("Orthanc's job: %+v", state)
	}
	return m.o.committed("/storage-commitment/" + state.Content.StorageCommitmentTransactionUID)
}
