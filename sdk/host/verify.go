package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// verify refuses a program that is not there, that anybody may change or
// replace, or that is not the one the site has named.
func verify(path, want string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return &Error{path, "is not there", "install it, or correct the site's plugin_dir"}
	}
	if err != nil {
		return fmt.Errorf("plugin: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("plugin: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("plugin %s is not a file", path)
	case info.Mode().Perm()&0o111 == 0:
		return &Error{path, "is not executable", "run chmod +x on it"}
	case info.Mode().Perm()&0o002 != 0:
		return &Error{path, "can be changed by every user of this host", "run chmod o-w on it"}
	}
	if err := verifyFolder(path); err != nil || want == "" {
		return err
	}
	got, err := checksum(file)
	if err != nil {
		return fmt.Errorf("plugin: checksum: %w", err)
	}
	if !strings.EqualFold(got, want) {
		return &Error{path, fmt.Sprintf("has the checksum %s, the site wants sha256 %s", got, want), "install the right file, or correct the site's configuration"}
	}
	return nil
}

// verifyFolder refuses a program that anybody may replace by another. In a
// folder with the sticky bit, as /tmp is, only its owner may.
func verifyFolder(path string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("plugin: %w", err)
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	switch {
	case err != nil:
		return fmt.Errorf("plugin: %w", err)
	case info.Mode().Perm()&0o002 != 0 && info.Mode()&os.ModeSticky == 0:
		return &Error{path, "can be replaced by every user of this host", "run chmod o-w on its folder " + folder}
	}
	return nil
}

// Checksum is the SHA-256 of a program in hexadecimal, which [Options].SHA256
// is compared with.
func Checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return checksum(file)
}

func checksum(file io.Reader) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
