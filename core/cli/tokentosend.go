package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
)

// tokenToSend is the token of RADDEPLOY_TOKEN or, without that, of a file that
// only this user can read; "": there is none.
func tokenToSend() (string, error) {
	if token := os.Getenv("RADDEPLOY_TOKEN"); token != "" {
		return token, nil
	}
	path, named := os.LookupEnv("RADDEPLOY_TOKEN_FILE")
	if !named {
		folder, err := os.UserConfigDir()
		if err != nil { // nor can there be a file
			return "", nil
		}
		path = filepath.Join(folder, "raddeploy", "token")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", problem.New(fmt.Sprintf("the token in %s can be read by others", path), "chmod 600 "+path)
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}
