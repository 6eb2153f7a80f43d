package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// endAttempt records the end of an attempt, and what it ran on.
func endAttempt(tx *transaction, a run.Attempt, at time.Time) error {
	devices, err := list(a.RanOn.Devices)
	if err != nil {
		return err
	}
	warnings, err := list(a.Warnings)
	if err != nil {
		return err
	}
	on := a.RanOn
	return transition(tx, withID(a.ID), run.AttemptEnded, `, exit = ?, reason = ?, started = max(started, ?), ended = ?,
		image = ?, image_digest = ?, plugin = ?, plugin_version = ?, node = ?, devices = ?, cpu = ?, memory_peak = ?, warnings = ?`,
		a.Exit, a.Reason, stamp(a.Started), stamp(at),
		on.Image, on.Digest, on.Plugin, on.PluginVersion, on.Node, devices, int64(on.CPU), on.MemoryPeak, warnings)
}

// list is a list of texts as JSON; [] for none.
func list(texts []string) (string, error) {
	if len(texts) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(texts)
	return string(text), err
}

// readList is the reverse of list; nil for none.
func readList(text string) (texts []string, err error) {
	if text == "[]" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &texts)
	return texts, err
}

// DigestBefore returns the digest that an image had in the last attempt on the
// same executor that has ended, other than this one; "": there is none.
func (db *DB) DigestBefore(ctx context.Context, a run.Attempt, image string) (string, error) {
	var digest string
	err := db.queryRow(ctx, `SELECT image_digest FROM attempt WHERE executor = ? AND image = ? AND image_digest <> '' AND id <> ?
		ORDER BY ended DESC LIMIT 1`, a.Executor, image, a.ID).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return digest, err
}
