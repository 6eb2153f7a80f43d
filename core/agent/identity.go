package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// identity is what executors know this agent by: the site's name, and a word
// that belongs to its data folder. Two agents that share an engine, even of one
// name, so never take each other's tasks for leftovers.
func identity(site, dataDir string) (string, error) {
	path := filepath.Join(dataDir, "id")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(string(run.NewID())[:8] + "\n")
		err = os.WriteFile(path, text, 0o600)
	}
	if err == nil && len(strings.TrimSpace(string(text))) == 0 {
		err = problem.New(path+" is empty", "remove it when no task of this agent runs any more")
	}
	if err != nil {
		return "", fmt.Errorf("identity of the data folder: %w", err)
	}
	return site + "-" + strings.TrimSpace(string(text)), nil
}
