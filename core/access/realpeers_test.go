package access

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// peerTool runs a program of dcmtk or OpenSSL to its end. Without it the test is
// skipped, unless CI says that it must be there.
func peerTool(t *testing.T, stdin string, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("%v (apt-get install dcmtk openssl)", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, path, args...)
	command.Stdin = strings.NewReader(stdin)
	output, err := command.CombinedOutput()
	return string(output), err
}

// receive serves associations on a listener that is secured so, for as long as
// the test lasts.
func receive(t *testing.T, c config.ServerTLS) (host, port string) {
	t.Helper()
	limits, err := Limits(&config.Site{DICOM: config.DICOM{Listener: config.Listener{TLS: &c}}}, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dimse.Server{Grace: time.Millisecond}
	server.Change(limits[0])
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	host, port, _ = net.SplitHostPort(listener.Addr().String())
	return host, port
}

// Each profile agrees with dcmtk's of the same name and with our own side, and
// takes of OpenSSL what the profile allows and nothing else.
func TestProfilesWithRealPeers(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	certificate, key := ours.issue("listener")
	client, clientKey := ours.issue("client")
	for _, test := range []struct {
		profile     config.TLSProfile
		dcmtk       string
		cbc, chacha bool // whether suites of TLS 1.2 with them are taken
	}{
		{profile: config.BCP195, dcmtk: "+px", cbc: true, chacha: true},
		{profile: config.BCP195NonDowngrading, dcmtk: "+py", chacha: true},
		{profile: config.BCP195Extended, dcmtk: "+pz"},
	} {
		t.Run(string(test.profile), func(t *testing.T) {
			host, port := receive(t, config.ServerTLS{CertFile: certificate, KeyFile: key, ClientCAFile: ours.file, Profile: test.profile})
			echo := func(args ...string) (string, error) {
				return peerTool(t, "", "echoscu", append(append(args, test.dcmtk, "+cf", ours.file), host, port)...)
			}
			if output, err := echo("+tls", clientKey, client); err != nil {
				t.Errorf("echoscu: %v\n%s", err, output)
			}
			if output, err := echo("+tla"); err == nil {
				t.Errorf("a peer without a certificate may echo:\n%s", output)
			}
			if output, err := peerTool(t, "", "echoscu", host, port); err == nil {
				t.Errorf("a peer without TLS may echo:\n%s", output)
			}
			own, err := clientTLSOf(config.ClientTLS{CAFile: ours.file, CertFile: client, KeyFile: clientKey})
			if err != nil {
				t.Fatal(err)
			}
			dialer := &dimse.Dialer{TLS: own}
			conn, err := dialer.Dial(t.Context(), net.JoinHostPort(host, port),
				[]dimse.PresentationContext{{AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}})
			if err != nil {
				t.Fatal(err)
			}
			if status, err := conn.Echo(t.Context()); err != nil || !status.Success() {
				t.Errorf("our own echo: %v, %v", status, err)
			}
			conn.Abort()
			for _, offer := range []struct {
				args []string
				want bool
			}{
				{[]string{"-tls1_3"}, true},
				{[]string{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"}, true},
				{[]string{"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"}, test.chacha},
				{[]string{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"}, test.cbc},
				{[]string{"-tls1_2", "-cipher", "AES128-GCM-SHA256"}, false}, // no forward secrecy
				{[]string{"-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"}, false},
			} {
				args := append([]string{"s_client", "-connect", net.JoinHostPort(host, port), "-cert", client, "-key", clientKey, "-CAfile", ours.file, "-verify_return_error"}, offer.args...)
				output, err := peerTool(t, "", "openssl", args...)
				if taken := err == nil; taken != offer.want {
					t.Errorf("openssl %v: taken %v, want %v\n%s", offer.args, taken, offer.want, output)
				}
			}
		})
	}
}

// A certificate that is replaced on disk is shown from the next association on;
// while what is there does not serve, the one before is.
func TestAListenersRenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	certificate, key := ours.issue("listener")
	var log bytes.Buffer
	server, err := renewedTLS(&config.ServerTLS{CertFile: certificate, KeyFile: key}, hclog.New(&hclog.LoggerOptions{Output: &log}))
	if err != nil {
		t.Fatal(err)
	}
	client, err := clientTLSOf(config.ClientTLS{CAFile: ours.file})
	if err != nil {
		t.Fatal(err)
	}
	serial := func() string {
		var shown string
		client := client.Clone()
		client.VerifyConnection = func(s tls.ConnectionState) error {
			shown = s.PeerCertificates[0].SerialNumber.String()
			return nil
		}
		if _, serverErr, clientErr := handshake(t, server, client, "listener"); serverErr != nil || clientErr != nil {
			t.Fatal(errors.Join(serverErr, clientErr))
		}
		return shown
	}
	first := serial()
	if again := serial(); again != first {
		t.Errorf("the certificate changes by itself: %s, %s", first, again)
	}
	if err := os.WriteFile(certificate, []byte("half of"), 0o600); err != nil {
		t.Fatal(err)
	}
	if broken := serial(); broken != first || !strings.Contains(log.String(), "the one before counts") {
		t.Errorf("while the file is broken %s is shown, and was %s; the log:\n%s", broken, first, log.String())
	}
	ours.issue("listener")
	if renewed := serial(); renewed == first {
		t.Error("the old certificate is shown")
	}
}

// Until when certificates serve is said, and what is wrong with one.
func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	certificate, key := ours.issue("listener") // for an hour
	site := &config.Site{
		DICOM: config.DICOM{
			Listener:  config.Listener{TLS: &config.ServerTLS{CertFile: certificate, KeyFile: key}},
			Listeners: []config.Listener{{Name: "plain"}, {Name: "tls", TLS: &config.ServerTLS{CertFile: dir + "/none.crt", KeyFile: key}}},
		},
		Destinations: config.Destinations{{Name: "plain"}, {Name: "pacs", TLS: &config.ClientTLS{CertFile: certificate, KeyFile: key}}},
	}
	for _, test := range []struct {
		name  string
		after time.Duration
		want  string
	}{
		{"soon", 0, "expires on"},
		{"over", 2 * time.Hour, "has expired on"},
		{"early", -3 * time.Hour, "is not valid before"},
		{"long before", -60 * 24 * time.Hour, "is not valid before"},
	} {
		all := Certificates(site, time.Now().Add(test.after))
		if len(all) != 3 || all[0].Of != "dicom" || all[1].Of != "listener tls" || all[2].Of != "destination pacs" {
			t.Fatalf("certificates of %+v", all)
		}
		if !strings.Contains(all[0].Problem, test.want) || all[0].Expires.IsZero() || all[2].Problem == "" {
			t.Errorf("%s: %+v, want %q", test.name, all[0], test.want)
		}
		if !all[1].Expires.IsZero() || !strings.Contains(all[1].Problem, "cannot be read") {
			t.Errorf("a certificate that is not there: %+v", all[1])
		}
	}
}

func clientTLSOf(c config.ClientTLS) (*tls.Config, error) {
	return ClientTLS(&c)
}
