package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// clientCertEnv is how go-plugin names the environment variable that carries
// the agent's certificate.
const clientCertEnv = "PLUGIN_CLIENT_CERT"

// mutualTLS makes the agent's half of the connection to one plugin process: a
// key of its own, never written down, and the certificate, in PEM, that the
// plugin must demand. The other half comes with the plugin's handshake, from
// where go-plugin takes the one certificate that the configuration will trust.
// Until then it trusts nobody, so that a plugin without a certificate is not
// called.
//
// go-plugin could do the same by itself (AutoMTLS), on the curve P-521.
// BoringSSL, on which most builds of gRPC for other languages stand, takes no
// such certificate; P-256 everybody takes.
func mutualTLS() (config *tls.Config, certificate string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, "", fmt.Errorf("make a serial number: %w", err)
	}
	const name = "localhost" // what go-plugin's servers call themselves, too
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, Organization: []string{"RadDeploy"}},
		DNSNames:     []string{name},
		NotBefore:    now.Add(-time.Minute),
		// the process it is for will not live that long
		NotAfter:              now.AddDate(30, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // it has signed itself
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, "", fmt.Errorf("make a certificate: %w", err)
	}
	config = &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      x509.NewCertPool(),
		ServerName:   name,
		MinVersion:   tls.VersionTLS13,
	}
	return config, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
