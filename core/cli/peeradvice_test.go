package cli

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
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// What a node refuses or is not trusted with is said with the flag that mends it.
func TestAdviceAboutAssociations(t *testing.T) {
	node, ours := newSelfSigned(t, "node"), newSelfSigned(t, "ours")
	known := x509.NewCertPool()
	known.AppendCertsFromPEM([]byte(node.text))
	wants := func(version uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{node.pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known,
			MaxVersion: version}
	}
	open := nodeThat(t, &tls.Config{Certificates: []tls.Certificate{node.pair}}, nil)
	closed, closed12 := nodeThat(t, wants(tls.VersionTLS13), nil), nodeThat(t, wants(tls.VersionTLS12), nil)
	_, port, _ := net.SplitHostPort(open)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"an authority that this host does not trust": {[]string{"-tls", open}, "with -ca FILE"},
		"another authority":                          {[]string{"-ca", ours.file, open}, ours.file + " has another authority"},
		"another name":                               {[]string{"-ca", node.file, "localhost:" + port}, "a name or an address that its certificate has"},
		"no certificate":                             {[]string{"-ca", node.file, closed}, "give -cert FILE and -key FILE"},
		"no certificate, by TLS 1.2":                 {[]string{"-ca", node.file, closed12}, "give -cert FILE and -key FILE"},
		"a certificate that is not accepted": {[]string{"-ca", node.file, "-cert", ours.file, "-key", ours.key, closed},
			"the node does not accept " + ours.file},
		"a certificate without its key": {[]string{"-cert", ours.file, open}, "give both -cert FILE and -key FILE"},
		"another called AE title":       {[]string{nodeThat(t, nil, dimse.CalledAENotRecognized())}, "with -aec TITLE"},
		"another AE title of our own":   {[]string{nodeThat(t, nil, dimse.CallingAENotRecognized())}, "with -aet TITLE"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errs := call(t, append([]string{"dicom", "echo"}, test.args...)...)
			if code == exitOK || !strings.Contains(errs, test.want) {
				t.Errorf("code %d, %q, want %q", code, errs, test.want)
			}
		})
	}
}

// nodeThat is a node that secures associations so, and refuses them with reject
// unless that is nil.
func nodeThat(t *testing.T, secured *tls.Config, reject *dimse.Reject) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dimse.Server{TLS: secured, Admit: func(*dimse.AssociateRequest) *dimse.Reject { return reject }, Grace: time.Millisecond}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(t.Context(), l) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

// selfSigned is a certificate for 127.0.0.1 that is its own authority.
type selfSigned struct {
	pair            tls.Certificate
	text, file, key string
}

func newSelfSigned(t *testing.T, name string) selfSigned {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return selfSigned{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, text, write(t, name+".pem", text),
		write(t, name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))}
}
