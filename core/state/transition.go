package state

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/raddeploy/raddeploy/core/run"
)

// typed is what the states of package run have in common.
type typed[S any] interface {
	~string
	Thing() string // the name of its table, too
	Before() []S
}

// row picks one row of a table.
type row struct {
	where string // SQL, such as "id = ?"
	args  []any
	id    string // names it in errors
	run   run.ID // of a task, whose index is number
	// number is that of a task or a delivery.
	number string
}

func withID[ID ~string](id ID) row {
	return row{where: "id = ?", args: []any{string(id)}, id: string(id)}
}

func withNumber(id int64) row {
	number := strconv.FormatInt(id, 10)
	return row{where: "id = ?", args: []any{id}, id: number, number: number}
}

// move is what the text of a transition is made of.
type move struct {
	thing, to, set, where string
	again                 bool // also from a final state
}

// transition moves what at picks to a state, and sets further columns: set is
// SQL such as ", reason = ?". It returns a run.StateError if the state that the
// thing is in does not allow that, and ErrNotFound if there is no such thing.
func transition[S typed[S]](tx *transaction, at row, to S, set string, args ...any) error {
	return transitionFrom(tx, at, to, nil, set, args...)
}

// reopenable is the states of what an operator can open again.
type reopenable[S any] interface {
	typed[S]
	Reopens() []S
}

// reopen is transition for an operator's action, which also moves what has
// ended.
func reopen[S reopenable[S]](tx *transaction, at row, to S, set string, args ...any) error {
	return transitionFrom(tx, at, to, to.Reopens(), set, args...)
}

// transitionFrom moves from the states that to may follow, and from these.
func transitionFrom[S typed[S]](tx *transaction, at row, to S, also []S, set string, args ...any) error {
	move := move{to.Thing(), string(to), set, at.where, len(also) > 0}
	query := tx.moves[move]
	if query == "" {
		before := append(to.Before(), also...)
		query = fmt.Sprintf("UPDATE %s SET state = '%s'%s WHERE %s AND %s", to.Thing(), to, set, at.where, in("state", before))
		tx.moves[move] = query
	}
	result, err := tx.Exec(query, append(args, at.args...)...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 1 {
		return moved(tx, run.Kind(to.Thing()), at, string(to))
	}
	if err != nil {
		return err
	}
	var from S
	err = tx.QueryRow("SELECT state FROM "+to.Thing()+" WHERE "+at.where, at.args...).Scan(&from)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %s: %w", to.Thing(), at.id, ErrNotFound)
	}
	if err != nil {
		return err
	}
	return &run.StateError{Thing: to.Thing(), ID: at.id, From: string(from), To: string(to)}
}
