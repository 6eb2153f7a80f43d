package datafolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// identify returns the id of a data folder. Executors know an agent by it, so
// that two agents that share an engine, even of one name, never take each
// other's tasks for leftovers. It is in the file "id" and in the database: of a
// restored database beside an empty folder it goes on as before, and the
// database of another folder is refused.
func identify(ctx context.Context, dir string, db Database) (string, error) {
	path := filepath.Join(dir, "id")
	inFile, err := readID(path)
	if err != nil {
		return "", fmt.Errorf("identity of the data folder: %w", err)
	}
	inDatabase, err := db.FolderID(ctx)
	if err != nil {
		return "", fmt.Errorf("identity of the data folder: %w", err)
	}
	id, err := agree(path, inFile, inDatabase)
	if err != nil {
		return "", err
	}
	if id == "" {
		id = string(run.NewID())[:8]
	}
	if inFile == "" {
		if err := spool.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("identity of the data folder: %w", err)
		}
	}
	if inDatabase == "" {
		if err := db.SetFolderID(ctx, id); err != nil {
			return "", fmt.Errorf("identity of the data folder: %w", err)
		}
	}
	return id, nil
}

// agree is the id that a file and a database say; "": neither says one.
func agree(path, inFile, inDatabase string) (string, error) {
	switch {
	case inFile == "" || inFile == inDatabase:
		return inDatabase, nil
	case inDatabase == "":
		return inFile, nil
	}
	return "", problem.New(
		fmt.Sprintf("state database is of the data folder %s, and %s says %s: it belongs to another data folder", inDatabase, path, inFile),
		"restore a back-up of this data folder's own state.db; or, to move that site here, remove "+path+" when no task of this agent runs any more",
	)
}

// readID returns what a file says; "": there is no file.
func readID(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	id := strings.TrimSpace(string(text))
	if err == nil && id == "" {
		err = problem.New(path+" is empty", "remove it when no task of this agent runs any more")
	}
	return id, err
}
