package dimse_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
)

// What a node is told that dials the port of something else, or dials with TLS
// where there is none.
func TestDialingWhatIsNotThisDICOM(t *testing.T) {
	id := newIdentity(t)
	secured := &tls.Config{RootCAs: id.pool}
	says := func(answer string) string {
		return provider(t, func(p *peer) { _, _ = io.WriteString(p, answer); _, _ = io.Copy(io.Discard, p) })
	}
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	dcmtk, _ := storescp(t, nil, "+tls", id.keyFile, id.certFile, "-ic")
	for name, test := range map[string]struct {
		addr string
		tls  *tls.Config
		want string
	}{
		"a TLS port":          {serve(t, &dimse.Server{TLS: &tls.Config{Certificates: []tls.Certificate{id.pair}}}), nil, "it may want TLS"},
		"TLS that complains":  {says("\x15\x03\x01\x00\x02\x02\x46"), nil, "the peer speaks TLS here"},
		"storescp with TLS":   {dcmtk, nil, "it may want TLS"},
		"a web server":        {strings.TrimPrefix(web.URL, "http://"), nil, "the peer speaks HTTP here"},
		"SSH":                 {says("SSH-2.0-OpenSSH_9.2\r\n"), nil, "the peer speaks SSH here"},
		"mail":                {says("220 mail ESMTP\r\n"), nil, "the peer speaks FTP or SMTP here"},
		"HL7":                 {says("\vMSH|^~\\&|A|B\x1c\r"), nil, "the peer speaks HL7 (MLLP) here"},
		"closed":              {provider(t, func(p *peer) { _, _ = p.Read(make([]byte, 1000)) }), nil, "it may want TLS"},
		"a DICOM port by TLS": {serve(t, &dimse.Server{}), secured, "the peer speaks DICOM without TLS here"},
		"a web server by TLS": {strings.TrimPrefix(web.URL, "http://"), secured, "the peer speaks HTTP here"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := (&dimse.Dialer{TLS: test.tls, Timeout: 4 * time.Second}).Dial(t.Context(), test.addr, storage())
			if err == nil || !strings.Contains(err.Error(), test.want) || problem.Advice(err) == "" {
				t.Errorf("Dial: %v, want %q and advice", err, test.want)
			}
		})
	}
}

// What the log of a provider says of a peer that speaks something else.
func TestForeignPeers(t *testing.T) {
	id := newIdentity(t)
	secured := &tls.Config{Certificates: []tls.Certificate{id.pair}}
	for name, test := range map[string]struct {
		sends string
		tls   *tls.Config
		want  string
	}{
		"an HL7 sender":         {"\vMSH|^~\\&|A|B\x1c\r", nil, "the peer speaks HL7 (MLLP) here"},
		"a browser":             {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", nil, "the peer speaks HTTP here"},
		"TLS":                   {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", nil, "the peer speaks TLS here"},
		"DICOM on the TLS port": {string(associateRQ().Append(nil)), secured, "the peer speaks DICOM without TLS here"},
		"HL7 on the TLS port":   {"\vMSH|^~\\&|A|B\x1c\r", secured, "the peer speaks HL7 (MLLP) here"},
		"something else":        {"\xffabcdefgh", nil, "no such PDU type"},
	} {
		t.Run(name, func(t *testing.T) {
			log := make(lines, 100)
			logger := hclog.New(&hclog.LoggerOptions{Output: log, Level: hclog.Warn})
			p := connectRaw(t, serve(t, &dimse.Server{TLS: test.tls, Logger: logger}))
			p.send([]byte(test.sends))
			_ = p.Conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, p)
			if line := <-log; !strings.Contains(line, test.want) {
				t.Errorf("the log says %q, want %q", line, test.want)
			}
		})
	}
}

// lines are what a logger writes.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
