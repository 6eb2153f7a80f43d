package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// tokenPrefix lets programs that look for secrets in files know one of ours.
const tokenPrefix = "raddeploy_"

// idLength is how many characters of a token are its id.
const idLength = 8

// secretLength is how many characters 256 random bits are as text.
const secretLength = 43

// NewToken makes a token, and returns its public id and what the database has of
// it. The token has 256 random bits, so that nobody finds it by trying, whatever
// they have of its hash: SHA-256 does, and costs a request a microsecond, where a
// hash that is made for passwords would cost a hundred milliseconds and protect
// nothing.
func NewToken() (token, id string, hash []byte) {
	id, secret := hex.EncodeToString(random(idLength/2)), newSecret()
	token = tokenPrefix + id + "_" + secret
	return token, id, hashOf(token)
}

// newSecret makes 256 random bits as text.
func newSecret() string { return base64.RawURLEncoding.EncodeToString(random(32)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}

func hashOf(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}

// idOf is the public id of a token; "": it is not one of ours, and costs no hash and
// no look into the database.
func idOf(token string) string {
	rest, ours := strings.CutPrefix(token, tokenPrefix)
	if !ours || len(rest) != idLength+1+secretLength || rest[idLength] != '_' {
		return ""
	}
	return rest[:idLength]
}
