package redact

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReportText(t *testing.T) {
	r := &Report{}
	r.Host("pacs.hospital.example")
	r.Host("pacs")
	for _, test := range []struct{ text, want string }{
		{"sent to pacs.hospital.example:104 by PACS, pacs", "sent to host-1:104 by host-2, host-2"},
		{"pacs-2 and mypacs are others", "pacs-2 and mypacs are others"},
		{"10.1.2.3:104, 10.1.2.4 and 10.1.2.3 again; 127.0.0.1 and 0.0.0.0:10000 stay", "host-3:104, host-4 and host-3 again; 127.0.0.1 and 0.0.0.0:10000 stay"},
		{"[2001:db8::7]:104 at 12:34:56.789, ::1", "[host-5]:104 at 12:34:56.789, ::1"},
		{"version 1.2.3 and 1.22.333.4444 stay", "version 1.2.3 and 1.22.333.4444 stay"},
		{"study 1.2.276.0.7230010.3.1.2.1 of class 1.2.840.10008.5.1.4.1.1.2", "study (uid) of class 1.2.840.10008.5.1.4.1.1.2"},
		{"DOE^JANE came; triggers ^CT$ and $x^ stay", "(patient) came; triggers ^CT$ and $x^ stay"},
		{`PatientID=4711 patient_name="Jane Doe" AccessionNumber: 'A 7'; next`, `PatientID=(patient) patient_name="(patient)" AccessionNumber: '(patient)'; next`},
		{`{"password": "hunter2", "api_key":"k\"q", "n": 1}`, `{"password": "(secret)", "api_key":"(secret)", "n": 1}`},
		{"raddeploy_0a1b2c3d_abcdefghijklmnopqrstuvwxyz and raddeploy_objects_received_total 3", "(secret) and raddeploy_objects_received_total 3"},
		{"Authorization: Bearer abc.def-ghi", "Authorization: Bearer (secret)"},
		{"550 <anna@hospital.example> is unknown, bob@mail too", "550 <(contact)> is unknown, (contact) too"},
		{"GET http://anna:pw@pacs/x", "GET http://(secret)@host-2/x"},
	} {
		if got := r.Text(test.text); got != test.want {
			t.Errorf("%s\nbecomes %s\nwant    %s", test.text, got, test.want)
		}
	}
}

func TestReportTree(t *testing.T) {
	const text = `{
		"name": "radonc", "owner": "anna@hospital.example", "data_dir": "/var/lib/raddeploy",
		"destination": [{"name": "pacs", "host": "pacs.hospital.example", "port": 104, "ae_title": "PACS"}],
		"client_secret": "s3cret", "client_secret_file": "/etc/secret", "token": true,
		"executor": {"config": {"endpoint": "tcp://box.hospital.example:2376"}},
		"triggers": [{"PatientID": ["4711"], "Modality": ["^CT$"], "StudyInstanceUID": "1.2.3"}, {"tags": [{"tag": "PatientID", "patterns": ["4711"]}, {"tag": "Modality", "patterns": ["CT"]}]}],
		"env": ["KEY=value"], "environment": {"A": "b"}, "listed": {"env": [{"name": "K", "value": "v"}]},
		"OtherPatientIDsSequence.PatientID": "4711", "(0008,0050)": "A7", "00200010": "S7", "0008,0090": "Dr", "SeriesNumber": "5",
		"notify": [{"webhook": {"url": "https://hooks.hospital.example/services/T0/B0?sig=x"}, "recipient": "anna"}],
		"tls": {"server_name": "node.hospital.example"}, "listen": "dicom.hospital.example:104",
		"note": "see pacs.hospital.example"}`
	const want = `{
		"name": "radonc", "owner": "(contact)", "data_dir": "/var/lib/raddeploy",
		"destination": [{"name": "pacs", "host": "host-1", "port": 104, "ae_title": "PACS"}],
		"client_secret": "(secret)", "client_secret_file": "/etc/secret", "token": true,
		"executor": {"config": {"endpoint": "tcp://host-1:2376"}},
		"triggers": [{"PatientID": ["(patient)"], "Modality": ["^CT$"], "StudyInstanceUID": "(patient)"},
			{"tags": [{"tag": "PatientID", "patterns": "(patient)"}, {"tag": "Modality", "patterns": ["CT"]}]}],
		"env": ["KEY=(secret)"], "environment": {"A": "(secret)"}, "listed": {"env": [{"name": "K", "value": "(secret)"}]},
		"OtherPatientIDsSequence.PatientID": "(patient)", "(0008,0050)": "(patient)", "00200010": "(patient)", "0008,0090": "(patient)", "SeriesNumber": "5",
		"note": "see host-1"}`
	var value, wanted map[string]any
	for text, into := range map[string]any{text: &value, want: &wanted} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	r := &Report{}
	r.Host("pacs.hospital.example")
	r.Hosts(value)
	box := r.nameOf("box.hospital.example")
	wanted["executor"] = map[string]any{"config": map[string]any{"endpoint": "tcp://" + box + ":2376"}}
	hook := map[string]any{"url": "https://" + r.nameOf("hooks.hospital.example") + "/(secret)"}
	wanted["notify"] = []any{map[string]any{"webhook": hook, "recipient": "(contact)"}}
	wanted["tls"] = map[string]any{"server_name": r.nameOf("node.hospital.example")}
	wanted["listen"] = r.nameOf("dicom.hospital.example") + ":104"
	if diff := cmp.Diff(wanted, r.Tree(value)); diff != "" {
		t.Error(diff)
	}
}
