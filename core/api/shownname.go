package api

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shownName is a file's name as JSON and people can take it: as it is, or quoted as
// Go quotes texts where it is not UTF-8 or has characters that cannot be seen.
func shownName(name string) string {
	unseen := func(r rune) bool { return !unicode.IsPrint(r) }
	if utf8.ValidString(name) && !strings.ContainsFunc(name, unseen) {
		return name
	}
	return strconv.Quote(name)
}
