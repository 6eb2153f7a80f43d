package state

import (
	"context"
	"strings"
	"time"
)

// Part says which part of a list is wanted.
type Part struct {
	Since       time.Time // when what is listed began: then or later; zero: whenever
	Until       time.Time // before
	After       Place     // where the part before ended; zero: from the beginning
	OldestFirst bool
	AtMost      int // how many
}

// Place is where something stands in a list: when it began and, among those that
// began at once, its number.
type Place struct {
	Began time.Time
	Seq   int64
}

// listQuery is a query for a part of a list. The text of its conditions has no values.
type listQuery struct {
	table  string // and its alias
	began  string // the column that it is sorted by; "": by seq alone
	seq    string // and then by this one
	state  string // the column of states
	texts  []string
	args   []any
	picked bool // by a condition that there is an index for
	// apart: each state is read by itself, since the index that is used has the rows
	// of one state in order, and not those of several
	apart bool
}

func (l *listQuery) add(text string, args ...any) {
	l.texts, l.args = append(l.texts, text), append(l.args, args...)
}

// pick adds a condition that there is an index for; apart says whether the index
// goes on with the state. Of several conditions the first one's index is used: they
// are added from the one with the fewest rows on.
func (l *listQuery) pick(apart bool, text string, args ...any) {
	if l.picked {
		text = "+" + text
	} else {
		l.picked, l.apart = true, apart
	}
	l.add(text, args...)
}

// equal is pick for a column that holds a value, if one is asked for.
func (l *listQuery) equal(apart bool, column, value string) {
	if value != "" {
		l.pick(apart, column+" = ?", value)
	}
}

// states limits the rows to those in one of these states, of all that there are.
// It comes after the other conditions, and returns the states to read apart.
func (l *listQuery) states(wanted, all []string) []string {
	switch {
	case l.picked && l.apart && len(wanted) == 0:
		return all
	case len(wanted) == 0, !l.picked, l.apart:
		return wanted
	}
	l.add(in("+"+l.state, wanted))
	return nil
}

// part limits the rows to those of a part. SQLite seeks by the first condition.
func (l *listQuery) part(p Part) {
	if !p.Since.IsZero() {
		l.add(l.time()+" >= ?", stamp(p.Since))
	}
	if !p.Until.IsZero() {
		l.add(l.time()+" < ?", stamp(p.Until))
	}
	if p.After.Seq == 0 {
		return
	}
	further := " < ?"
	if p.OldestFirst {
		further = " > ?"
	}
	if l.began == "" {
		l.add(l.seq+further, p.After.Seq)
		return
	}
	at := stamp(p.After.Began)
	l.add(l.began+strings.TrimSuffix(further, " ?")+"= ?", at)
	l.add("("+l.began+further+" OR "+l.seq+further+")", at, p.After.Seq)
}

// time is the column that Since and Until are about.
func (l *listQuery) time() string {
	if l.began == "" {
		return "at"
	}
	return l.began
}

// order is that of a part, and its end.
func (l *listQuery) order(p Part) string {
	order := " ORDER BY "
	if l.began != "" {
		order += l.began + " DESC, "
	}
	order += l.seq + " DESC LIMIT ?"
	if p.OldestFirst {
		order = strings.ReplaceAll(order, " DESC", "")
	}
	return order
}

// tail returns what follows FROM in a query for the rows of a part, in their
// order. Each of these states is read by itself, to where the part is full.
func (l *listQuery) tail(states []string, p Part) (string, []any) {
	l.part(p)
	order := l.order(p)
	if len(states) == 0 {
		return l.where("") + order, append(l.args, p.AtMost)
	}
	var each []string
	var args []any
	for _, state := range states {
		each = append(each, "SELECT * FROM (SELECT "+l.seq+" FROM "+l.table+" "+l.where(in(l.state, []string{state}))+order+")")
		args = append(append(args, l.args...), p.AtMost)
	}
	return "WHERE " + l.seq + " IN (" + strings.Join(each, " UNION ALL ") + ")" + order, append(args, p.AtMost)
}

func (l *listQuery) where(first string) string {
	texts := l.texts
	if first != "" {
		texts = append([]string{first}, texts...)
	}
	if len(texts) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(texts, " AND ")
}

// words are states as texts.
func words[S ~string](states []S) (all []string) {
	for _, s := range states {
		all = append(all, string(s))
	}
	return all
}

// listing is query for a text that depends on what is asked for: it is not kept.
func (db *DB) listing(ctx context.Context, query string, args ...any) (*rows, error) {
	found, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, db.damage.saw(err)
	}
	return &rows{found, &db.damage}, nil
}
