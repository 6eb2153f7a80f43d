package host_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/raddeploy/raddeploy/sdk/host"
	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// stranger is an executor that does not come from this SDK.
type stranger struct {
	executorv1.UnimplementedExecutorServer
}

func (stranger) Describe(context.Context, *executorv1.DescribeRequest) (*executorv1.DescribeResponse, error) {
	return &executorv1.DescribeResponse{Name: "stranger"}, nil
}

// The plugin must show the certificate that its handshake named, or it is not
// called.
func TestWhomTheAgentCalls(t *testing.T) {
	own, other := certificate(t), certificate(t)
	secure := grpc.Creds(credentials.NewServerTLSFromCert(&own))
	for _, test := range []struct {
		name   string
		server []grpc.ServerOption
		told   tls.Certificate
		called bool
	}{
		{"with its certificate", []grpc.ServerOption{secure}, own, true},
		{"with another than it told", []grpc.ServerOption{secure}, other, false},
		{"with one that it did not tell", []grpc.ServerOption{secure}, tls.Certificate{}, false},
		{"in plain text", nil, tls.Certificate{}, false},
		{"in plain text in spite of a certificate", nil, own, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			socket := filepath.Join(folder, "s")
			listener, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			server := grpc.NewServer(test.server...)
			executorv1.RegisterExecutorServer(server, stranger{})
			served := make(chan error, 1)
			go func() { served <- server.Serve(listener) }()
			t.Cleanup(func() { server.Stop(); <-served })

			var told string
			if len(test.told.Certificate) > 0 {
				told = base64.RawStdEncoding.EncodeToString(test.told.Certificate[0])
			}
			program := filepath.Join(folder, "plugin")
			script := fmt.Sprintf("#!/bin/sh\nln -s %s $PLUGIN_UNIX_SOCKET_DIR/plugin\necho '1|1|unix|%s|grpc|%s'\nread line\n", socket, socket, told)
			if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			client, err := host.Launch(t.Context(), host.Options{Path: program})
			// none of these demands the agent's certificate, which must not go
			// unnoticed
			if err == nil {
				answered, err := client.AnswersStrangers(t.Context())
				if len(answered) != 2 || err != nil {
					t.Errorf("who called %q was answered (%v), want all but those in plain text", answered, err)
				}
				client.Close()
			}
			if (err == nil) != test.called {
				t.Errorf("called is %v, want %v (%v)", err == nil, test.called, err)
			}
		})
	}
}

func TestOthersCannotCallThePlugin(t *testing.T) {
	sockets := t.TempDir()
	client := launch(t, host.Options{SocketDir: sockets})
	found, err := filepath.Glob(filepath.Join(sockets, "*", "plugin*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("sockets %v, %v", found, err)
	}
	if answered, err := client.AnswersStrangers(t.Context()); err != nil || len(answered) > 0 {
		t.Errorf("who called %q was answered, %v", answered, err)
	}
	if _, err := client.Describe(t.Context()); err != nil {
		t.Errorf("the agent itself: %v", err)
	}
	if info, err := os.Stat(filepath.Dir(found[0])); err != nil || !strings.HasSuffix(info.Mode().String(), "------") {
		t.Errorf("the socket's folder: %v, %v", info.Mode(), err)
	}
}

// Whatever TLS a plugin's gRPC is built on, it must be able to take the agent's
// certificate.
func TestTheAgentsCertificateIsOfTheCommonestKind(t *testing.T) {
	client := launch(t, host.Options{})
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", client.PID()))
	if err != nil {
		t.Skip("no /proc here")
	}
	_, after, _ := bytes.Cut(environ, []byte("PLUGIN_CLIENT_CERT="))
	block, _ := pem.Decode(bytes.TrimRight(after, "\x00"))
	if block == nil {
		t.Fatal("the plugin was given no certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() || cert.SignatureAlgorithm != x509.ECDSAWithSHA256 {
		t.Errorf("a %T signed with %v, want P-256 and SHA-256", cert.PublicKey, cert.SignatureAlgorithm)
	}
}

// certificate makes one for localhost, self-signed.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}
