package dimse_test

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
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// identity is a certificate that signs itself, as a pair for this program and
// as files for dcmtk's.
type identity struct {
	pair              tls.Certificate
	pool              *x509.CertPool
	keyFile, certFile string
}

func newIdentity(t *testing.T) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	id := identity{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, x509.NewCertPool(),
		filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")}
	id.pool.AddCert(certificate)
	for path, block := range map[string]*pem.Block{id.keyFile: {Type: "PRIVATE KEY", Bytes: private}, id.certFile: {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func TestMutualTLS(t *testing.T) {
	ours, theirs := newIdentity(t), newIdentity(t)
	r := newRecorder()
	var subject string
	admitted := make(chan string, 10)
	addr := serve(t, &dimse.Server{
		NewSession: r.NewSession,
		TLS:        &tls.Config{Certificates: []tls.Certificate{ours.pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: theirs.pool},
		Admit: func(rq *dimse.AssociateRequest) *dimse.Reject {
			if rq.TLS == nil || len(rq.TLS.PeerCertificates) == 0 {
				return dimse.NoReasonGiven()
			}
			admitted <- rq.TLS.PeerCertificates[0].Subject.CommonName
			return nil
		},
	})
	t.Run("our user", func(t *testing.T) {
		c := dial(t, &dimse.Dialer{TLS: &tls.Config{RootCAs: ours.pool, Certificates: []tls.Certificate{theirs.pair}}}, addr, storage())
		if status, err := c.Store(t.Context(), message(1, 1<<20)); err != nil || !status.Success() {
			t.Fatalf("%v, %v", status, err)
		}
		if err := c.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.end(t); err != nil {
			t.Error(err)
		}
		if subject = <-admitted; subject != "localhost" {
			t.Errorf("peer is %q", subject)
		}
		if got := r.taken(); len(got) != 1 || got[0].Sum != sumOf(1<<20) {
			t.Errorf("objects %+v", got)
		}
	})
	t.Run("user without certificate", func(t *testing.T) {
		if _, err := (&dimse.Dialer{TLS: &tls.Config{RootCAs: ours.pool}}).Dial(t.Context(), addr, storage()); err == nil {
			t.Error("association established")
		}
	})
	t.Run("user without TLS", func(t *testing.T) {
		if _, err := new(dimse.Dialer).Dial(t.Context(), addr, storage()); err == nil {
			t.Error("association established")
		}
	})
	t.Run("user that does not trust", func(t *testing.T) {
		if _, err := (&dimse.Dialer{TLS: &tls.Config{}}).Dial(t.Context(), addr, storage()); err == nil {
			t.Error("association established")
		}
	})
	t.Run("storescu", func(t *testing.T) {
		args := []string{"+tls", theirs.keyFile, theirs.certFile, "+cf", ours.certFile}
		if out, err := run(t, nil, "storescu", slices.Concat(args, hostPort(t, addr), ctFiles(t, 3))...); err != nil {
			t.Fatalf("%v\n%s", err, tail(out))
		}
		if err := r.end(t); err != nil {
			t.Error(err)
		}
	})
	t.Run("storescp", func(t *testing.T) {
		peer, _ := storescp(t, nil, "-q", "+tls", ours.keyFile, ours.certFile, "+cf", theirs.certFile)
		c := dial(t, &dimse.Dialer{TLS: &tls.Config{RootCAs: ours.pool, Certificates: []tls.Certificate{theirs.pair}}}, peer, storage())
		if status, err := c.Echo(t.Context()); err != nil || !status.Success() {
			t.Errorf("Echo = %v, %v", status, err)
		}
		if err := c.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A peer whose certificate has expired is told of in the same words at each try,
// so that it can be counted.
func TestExpiredCertificatesAreToldAlike(t *testing.T) {
	id := newIdentity(t)
	told := make(chan string, 2)
	var tries atomic.Int64
	addr := serve(t, &dimse.Server{
		TLS: &tls.Config{
			Certificates: []tls.Certificate{id.pair}, ClientCAs: id.pool, ClientAuth: tls.RequireAndVerifyClientCert,
			Time: func() time.Time { return time.Now().AddDate(1, 0, int(tries.Add(1))) },
		},
		Rejected: func(_ *dimse.AssociateRequest, reason string) { told <- reason },
	})
	d := &dimse.Dialer{TLS: &tls.Config{Certificates: []tls.Certificate{id.pair}, RootCAs: id.pool}}
	for range 2 {
		if c, err := d.Dial(t.Context(), addr, storage()); err == nil {
			c.Abort()
			t.Fatal("an expired certificate is taken")
		}
	}
	if first, second := <-told, <-told; first != second || !strings.Contains(first, "has expired") {
		t.Errorf("told %q, and then %q", first, second)
	}
}
