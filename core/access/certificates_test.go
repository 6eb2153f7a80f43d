package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs certificates, which are files in a folder.
type authority struct {
	*testing.T
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // its own certificate
}

func newAuthority(t *testing.T, dir, name string) *authority {
	a := &authority{T: t, dir: dir}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.certificate, a.key = a.sign(template, name)
	a.file = filepath.Join(dir, name+".crt")
	return a
}

// issue makes NAME.crt and NAME.key, for a host called so and for 127.0.0.1.
func (a *authority) issue(name string) (certificate, key string) {
	a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, name)
	return filepath.Join(a.dir, name+".crt"), filepath.Join(a.dir, name+".key")
}

// sign makes a certificate and its key. The authority's own signs itself.
func (a *authority) sign(template *x509.Certificate, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.check(err)
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	a.check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	a.check(err)
	a.put(name+".crt", "CERTIFICATE", raw)
	a.put(name+".key", "PRIVATE KEY", private)
	certificate, err := x509.ParseCertificate(raw)
	a.check(err)
	return certificate, key
}

func (a *authority) put(name, kind string, raw []byte) {
	a.Helper()
	a.check(os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}), 0o600))
}

func (a *authority) check(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// handshake returns the version that the two sides of a connection use, and what
// each side says, with the client's server name set as package dimse does it.
func handshake(t *testing.T, server, client *tls.Config, host string) (version uint16, serverErr, clientErr error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			secured := tls.Server(conn, server)
			if err = secured.Handshake(); err == nil {
				_, err = secured.Write([]byte("."))
			}
		}
		ended <- err
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if client.ServerName == "" {
		client = client.Clone()
		client.ServerName = host
	}
	secured := tls.Client(conn, client)
	// The server judges the client's certificate after the client's handshake.
	_, clientErr = secured.Read(make([]byte, 1))
	if clientErr != nil {
		conn.Close()
	}
	serverErr = <-ended
	return secured.ConnectionState().Version, serverErr, clientErr
}
