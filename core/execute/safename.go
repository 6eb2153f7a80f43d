package execute

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name of a file or folder made of tags' values, in
// bytes. File systems allow 255.
const maxName = 200

// SafeName makes one path element of a tag's value: without separators, control
// characters and characters that shells or other file systems trip over, not
// "." or "..", not longer than maxName. An empty value is "_".
func SafeName(value string) string {
	name := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimSpace(value))
	for len(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if strings.Trim(name, ".") == "" {
		return "_" + strings.ReplaceAll(name, ".", "_")
	}
	return name
}

// unique names a file so that it differs from all that taken holds: name.dcm,
// name_2.dcm, name_3.dcm …
func unique(taken map[string]bool, name, suffix string) string {
	candidate := name + suffix
	for n := 2; taken[candidate]; n++ {
		candidate = name + "_" + strconv.Itoa(n) + suffix
	}
	taken[candidate] = true
	return candidate
}
