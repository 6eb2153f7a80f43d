package state

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var migrations embed.FS

const migrationFiles = "migrations/*.sql"

// migrate applies the migrations that the database has not seen, each in a
// transaction of its own. The number of those it has seen is its user_version.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Glob(migrations, migrationFiles) // sorted by name
	if err != nil {
		return err
	}
	version, err := versionOf(ctx, db)
	if err != nil {
		return err
	}
	for ; version < len(files); version++ {
		if err := apply(ctx, db, files[version], version+1); err != nil {
			return fmt.Errorf("migration %s: %w", files[version], err)
		}
	}
	return nil
}

func apply(ctx context.Context, db *sql.DB, file string, version int) error {
	script, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, string(script)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}
