package flow

import (
	"regexp"
	"strings"
)

var (
	openRepeat  = regexp.MustCompile(`^\{,[0-9]+\}`)
	inlineFlags = regexp.MustCompile(`^\(\?([aiLmsux]+)([:)])`)
)

// fromPython rewrites what Python's re spells differently from the other engines and means the same: (?P<name>…), (?P=name), \Z, {,n} and the
// flags that are Python's alone (a, u, L). Everything else is left as it is.
func fromPython(pattern string) string {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); {
		rest := pattern[i:]
		take, put := 1, rest[:1]
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			take, put = 2, rest[:2]
			if put == `\Z` && !inClass {
				put = `\z`
			}
		case inClass:
			inClass = rest[0] != ']'
		case rest[0] == '[':
			inClass = true
			for take < len(rest) && (rest[take] == '^' && take == 1 || rest[take] == ']') { // a bracket that comes first is itself
				take++
				if rest[take-1] == ']' {
					break
				}
			}
			put = rest[:take]
		case openRepeat.MatchString(rest):
			take, put = 2, "{0,"
		case strings.HasPrefix(rest, "(?P<"):
			take, put = 4, "(?<"
		case strings.HasPrefix(rest, "(?P="):
			if end := strings.IndexByte(rest, ')'); end > 0 {
				take, put = end+1, `\k<`+rest[4:end]+`>`
			}
		case strings.HasPrefix(rest, "(?"):
			if m := inlineFlags.FindStringSubmatch(rest); m != nil && strings.ContainsAny(m[1], "auL") {
				take, put = len(m[0]), flagGroup(m[1], m[2])
			}
		}
		b.WriteString(put)
		i += take
	}
	return b.String()
}

// flagGroup writes a group of inline flags without Python's own.
func flagGroup(flags, end string) string {
	flags = strings.Map(func(r rune) rune {
		if strings.ContainsRune("auL", r) {
			return -1
		}
		return r
	}, flags)
	if flags == "" && end == ")" {
		return ""
	}
	return "(?" + flags + end
}
