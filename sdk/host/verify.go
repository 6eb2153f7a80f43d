package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// verify refuses a program that is not there, that anybody may change, or that is not the one the site has named.
func verify(path, want string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("plugin %s is not there: install it, or correct the site's plugin_dir", path)
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
		return fmt.Errorf("plugin %s is not executable: run chmod +x on it", path)
	case info.Mode().Perm()&0o002 != 0:
		return fmt.Errorf("plugin %s can be changed by every user of this host: run chmod o-w on it", path)
	case want == "":
		return nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return fmt.Errorf("plugin: checksum: %w", err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); !strings.EqualFold(got, want) {
		return fmt.Errorf("plugin %s has the checksum %s, the site wants sha256 %s: install the right file, or correct the site's configuration", path, got, want)
	}
	return nil
}
