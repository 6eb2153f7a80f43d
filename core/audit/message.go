package audit

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// message is an audit message (PS3.15 §A.5.1).
type message struct {
	XMLName      xml.Name      `xml:"AuditMessage"`
	Event        event         `xml:"EventIdentification"`
	Participants []participant `xml:"ActiveParticipant"`
	Source       source        `xml:"AuditSourceIdentification"`
	Objects      []object      `xml:"ParticipantObjectIdentification"`
}

type event struct {
	Action  string `xml:"EventActionCode,attr"` // C, R, U, D or E
	Time    string `xml:"EventDateTime,attr"`
	Outcome int    `xml:"EventOutcomeIndicator,attr"` // 0: success; 4: minor failure
	ID      code   `xml:"EventID"`
	Type    *code  `xml:"EventTypeCode"`
}

type code struct {
	Value  string `xml:"csd-code,attr"`
	System string `xml:"codeSystemName,attr"`
	Text   string `xml:"originalText,attr"`
}

type participant struct {
	User        string `xml:"UserID,attr"`
	Alternative string `xml:"AlternativeUserID,attr,omitempty"`
	Requestor   bool   `xml:"UserIsRequestor,attr"`
	Address     string `xml:"NetworkAccessPointID,attr,omitempty"`
	AddressType string `xml:"NetworkAccessPointTypeCode,attr,omitempty"` // 2: an IP address
	Role        *code  `xml:"RoleIDCode"`
}

type source struct {
	ID   string     `xml:"AuditSourceID,attr"`
	Type sourceType `xml:"AuditSourceTypeCode"`
}

type sourceType struct {
	Value string `xml:"csd-code,attr"` // 4: an application's server process
}

type object struct {
	ID      string   `xml:"ParticipantObjectID,attr"`
	Type    string   `xml:"ParticipantObjectTypeCode,attr"` // 2: of a system, and no person
	IDType  code     `xml:"ParticipantObjectIDTypeCode"`
	Details []detail `xml:"ParticipantObjectDetail"`
}

type detail struct {
	Type  string `xml:"type,attr"`
	Value string `xml:"value,attr"` // in base64
}

// ours is the name of the codes that DICOM has none for.
const ours = "99RADDEPLOY"

func dicom(value, text string) code { return code{value, "DCM", text} }

// textOf is the audit message of an entry, at a site.
func textOf(e run.Entry, site string) ([]byte, error) {
	m := message{
		Event:        eventOf(e),
		Participants: []participant{actorOf(e.By), {User: site, Requestor: false, Role: &code{"110150", "DCM", "Application"}}},
		Source:       source{site, sourceType{"4"}},
	}
	if e.Thing != "site" {
		m.Objects = []object{objectOf(e)}
	}
	text, err := xml.Marshal(m)
	return append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), text...), err
}

// eventOf says what happened (PS3.15 §A.5.3).
func eventOf(e run.Entry) event {
	v := event{Action: "U", Time: e.At.UTC().Format(time.RFC3339Nano), ID: code{"operator-action", ours, "Action of an operator"}}
	if e.Result == run.WasRefused {
		v.Outcome = 4
	}
	own := code{string(e.Action), ours, string(e.Action)}
	v.Type = &own
	switch e.Action {
	case run.Login, run.Ask:
		v.Action, v.ID, v.Type = "E", dicom("110114", "User Authentication"), &code{"110122", "DCM", "Login"}
	case run.Logout:
		v.Action, v.ID, v.Type = "E", dicom("110114", "User Authentication"), &code{"110123", "DCM", "Logout"}
	case run.Look:
		v.Action, v.ID = "R", dicom("110103", "DICOM Instances Accessed")
		if e.Thing == "site" {
			v.ID = dicom("110101", "Audit Log Used")
		}
	case run.Search:
		v.Action, v.ID = "E", dicom("110112", "Query")
	case run.Backup:
		v.Action, v.ID = "R", dicom("110106", "Export")
	case run.CreateToken, run.RevokeToken:
		v.Action, v.ID, v.Type = "E", dicom("110113", "Security Alert"), &code{"110137", "DCM", "User Security Attributes Changed"}
	case run.Reload, run.Enable, run.Disable, run.Drain, run.Undrain:
		v.Action, v.ID, v.Type = "E", dicom("110113", "Security Alert"), &code{"110131", "DCM", "Software Configuration"}
	}
	return v
}

func actorOf(by run.Actor) participant {
	p := participant{User: by.String(), Alternative: by.Token, Requestor: true, Address: by.Address}
	if p.Address != "" {
		p.AddressType = "2"
	}
	if by.Role != "" {
		p.Role = &code{string(by.Role), ours, string(by.Role) + ", known by " + cmp.Or(string(by.Known), "nothing")}
	}
	return p
}

func objectOf(e run.Entry) object {
	o := object{ID: e.ID, Type: "2", IDType: code{e.Thing, ours, "id of a RadDeploy " + e.Thing}}
	for _, d := range []detail{{"action", string(e.Action)}, {"detail", e.Detail}, {"before", e.Before}, {"after", e.After}} {
		if d.Value != "" {
			d.Value = base64.StdEncoding.EncodeToString([]byte(d.Value))
			o.Details = append(o.Details, d)
		}
	}
	return o
}
