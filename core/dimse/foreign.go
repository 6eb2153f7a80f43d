package dimse

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// ForeignError says that the peer does not speak DICOM, or not in the way that
// is configured here, and what it seems to speak instead.
type ForeignError struct {
	Speaks string // such as "HTTP"
	Advice string // what to do
	Cause  error
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the peer speaks %s here: %v: %s", e.Speaks, e.Cause, e.Advice)
}

// Unwrap returns the cause, a *pdu.FormatError or an error of TLS.
func (e *ForeignError) Unwrap() error { return e.Cause }

// Hint returns the advice.
func (e *ForeignError) Hint() string { return e.Advice }

// foreign are the first bytes of protocols that are found where DICOM is
// expected.
var foreign = []struct{ begins, speaks, advice string }{
	{"\x16\x03", "TLS", "set up TLS on this side too, or none on the peer's"},
	{"\x15\x03", "TLS", "set up TLS on this side too, or none on the peer's"},
	{"HTTP/", "HTTP", "this is the port of a web server (DICOMweb, perhaps): give the node's DICOM port"},
	{"GET ", "HTTP", "a browser or a health check has this port: it is for DICOM"},
	{"POST ", "HTTP", "a web client (DICOMweb, perhaps) has this port: it is for DICOM"},
	{"PUT ", "HTTP", "a web client has this port: it is for DICOM"},
	{"HEAD ", "HTTP", "a health check has this port: it is for DICOM"},
	{"OPTION", "HTTP", "a web client has this port: it is for DICOM"},
	{"PRI * ", "HTTP/2", "a web client has this port: it is for DICOM"},
	{"\x0bMSH", "HL7 (MLLP)", "this side speaks DICOM only: give each the port of its own protocol"},
	{"\x0bFHS", "HL7 (MLLP)", "this side speaks DICOM only: give each the port of its own protocol"},
	{"\x0bBHS", "HL7 (MLLP)", "this side speaks DICOM only: give each the port of its own protocol"},
	{"MSH|", "HL7", "this side speaks DICOM only: give each the port of its own protocol"},
	{"\x0b", "HL7 (MLLP)", "this side speaks DICOM only: give each the port of its own protocol"},
	{"SSH-", "SSH", "give the node's DICOM port"},
	{"220", "FTP or SMTP", "give the node's DICOM port"},
}

// foreignTo explains an error of bytes that are not a PDU by the first of them.
func foreignTo(head []byte, err error) error {
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.begins)) {
			return &ForeignError{f.speaks, f.advice, err}
		}
	}
	return err
}

// foreignHandshake explains an error of a TLS handshake by what the peer sent
// instead of TLS.
func foreignHandshake(err error) error {
	err = fmt.Errorf("TLS handshake: %w", err)
	var record tls.RecordHeaderError
	if !errors.As(err, &record) {
		return err
	}
	head := record.RecordHeader[:]
	if pdu.Type(head[0]).Known() && head[1] == 0 {
		return &ForeignError{"DICOM without TLS", "turn TLS off on this side, or on at the peer", err}
	}
	return foreignTo(head, err)
}

// askTimeout is how long before the end of its time a peer that has not answered
// the request for an association is asked for the end of a line.
const askTimeout = time.Second

// ask ends the line of a peer that did not answer in time. A web server takes
// A-ASSOCIATE-RQ for the beginning of a line and waits for its end: then it
// complains in its own protocol. The connection is lost anyhow.
func (c *Conn) ask(silent error) error {
	c.until = time.Time{}
	if err := c.write([]byte("\r\n\r\n")); err != nil {
		return silent
	}
	_, err := c.readPDU()
	if errors.As(err, new(*ForeignError)) || c.interrupted() != nil {
		return err
	}
	return silent
}
