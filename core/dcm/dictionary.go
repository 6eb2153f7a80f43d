package dcm

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

//go:generate go run ./internal/gendictionary -out dictionary.tsv -uids uids.tsv

//go:embed dictionary.tsv
var dictionaryText string

// dictionary is the standard's table of elements (PS3.6), sorted by tag. It is
// read once and never changes.
type dictionary struct {
	tags    []Tag
	entries []dictionaryEntry
	byName  map[string]Tag
}

type dictionaryEntry struct {
	vr      vr
	other   vr // the second of two allowed value representations, as in "US or SS"
	keyword string
}

var loadDictionary = sync.OnceValue(func() *dictionary {
	lines := strings.Count(dictionaryText, "\n")
	d := &dictionary{
		tags:    make([]Tag, 0, lines),
		entries: make([]dictionaryEntry, 0, lines),
		byName:  make(map[string]Tag, lines),
	}
	for line := range strings.Lines(dictionaryText) {
		number, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		representations, keyword, complete := strings.Cut(rest, "\t")
		n, err := strconv.ParseUint(number, 16, 32)
		if !ok || !complete || err != nil {
			continue // a comment
		}
		e := dictionaryEntry{vr: vr(representations[0])<<8 | vr(representations[1]), keyword: keyword}
		if len(representations) >= 5 {
			e.other = vr(representations[3])<<8 | vr(representations[4])
		}
		d.tags, d.entries = append(d.tags, Tag(n)), append(d.entries, e)
		d.byName[keyword] = Tag(n)
	}
	return d
})

// find returns the entry of a tag. Repeating groups (50xx, 60xx) have the entry
// of their first group.
func (d *dictionary) find(t Tag) (dictionaryEntry, bool) {
	if g := t.Group() & 0xFF00; g == 0x5000 || g == 0x6000 {
		t &= 0xFF00FFFF
	}
	i, ok := slices.BinarySearch(d.tags, t)
	if !ok {
		return dictionaryEntry{}, false
	}
	return d.entries[i], true
}

// representation returns the value representation of an element that was sent
// without one (PS3.5 §6.2.2, §7.8.1, annex A.1).
func (d *dictionary) representation(t Tag) vr {
	switch {
	case t.Element() == 0 && !t.Private():
		return vrUL // group lengths
	case t.privateCreator():
		return vrLO
	case t.Private():
		return vrUN
	}
	if e, ok := d.find(t); ok {
		return e.vr
	}
	return vrUN
}

// Keyword returns the standard's keyword of a tag, such as "Modality", or ""
// for a tag it does not define.
func Keyword(t Tag) string {
	e, _ := loadDictionary().find(t)
	return e.keyword
}

// TagByKeyword returns the tag that the standard's data dictionary gives a
// keyword, file-meta keywords included. Case counts.
func TagByKeyword(keyword string) (Tag, bool) {
	t, ok := loadDictionary().byName[keyword]
	return t, ok
}

// Suggest returns the keyword that a person most likely meant by an unknown
// one, or "" where none is near.
func Suggest(keyword string) string {
	entries := loadDictionary().entries
	known := make([]string, len(entries))
	for i, e := range entries {
		known[i] = e.keyword
	}
	return suggest.Nearest(keyword, known)
}
