package access

import (
	"crypto/tls"

	"github.com/raddeploy/raddeploy/core/config"
)

// secured returns a configuration of a secure transport connection profile: TLS
// 1.2 and 1.3, with the suites and curves that the profile allows. Those of TLS
// 1.3 are all of authenticated encryption with forward secrecy.
func secured(profile config.TLSProfile) *tls.Config {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	switch profile {
	case config.BCP195NonDowngrading: // PS3.15 §B.10, RFC 9325 §4.2
		t.CipherSuites = append(aesGCM(), tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)
	case config.BCP195Extended: // PS3.15 §B.11: ECDHE of 256 bits or more
		t.CipherSuites = aesGCM()
		t.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	}
	return t
}

// aesGCM are the suites of TLS 1.2 that RFC 9325 §4.2 recommends, as far as they
// use elliptic curves.
func aesGCM() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	}
}
