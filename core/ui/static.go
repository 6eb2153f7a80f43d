package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

//go:embed static
var assets embed.FS

// asset is the address of a file that a page needs. It changes with the file, so
// that a browser can keep it.
func asset(name string) (string, error) {
	text, err := assets.ReadFile("static/" + name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "/ui/static/" + name + "?" + hex.EncodeToString(sum[:6]), nil
}

func static(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.PathValue("name"))
	text, err := assets.ReadFile("static/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}
