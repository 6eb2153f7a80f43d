package flowfile

import "strings"

// wordsError says why a command cannot be split, and at which byte.
type wordsError struct {
	offset int
	reason string
}

// splitWords splits a command as a POSIX shell splits words (POSIX.1-2017,
// Shell Command Language §2.2): quotes and backslashes are taken away; nothing
// is expanded, and operators such as ; and > are words like others, because no
// shell runs unless the command names one.
func splitWords(s string) ([]string, *wordsError) {
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\n', '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return words, &wordsError{i, "the single quote is never closed"}
			}
			word.WriteString(s[i+1 : i+1+end])
			inWord = true
			i += end + 1
		case '"':
			end := doubleQuoted(s, i+1, &word)
			if end < 0 {
				return words, &wordsError{i, "the double quote is never closed"}
			}
			inWord = true
			i = end
		case '\\':
			i++
			if i == len(s) {
				return words, &wordsError{i - 1, "nothing follows the last backslash"}
			}
			if s[i] != '\n' {
				word.WriteByte(s[i])
				inWord = true
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// doubleQuoted reads to the closing quote and returns its place, or -1. A
// backslash escapes only $, `, ", itself and a line's end.
func doubleQuoted(s string, i int, word *strings.Builder) int {
	for ; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return i
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\\n", s[i+1]) >= 0:
			i++
			if s[i] != '\n' {
				word.WriteByte(s[i])
			}
		default:
			word.WriteByte(s[i])
		}
	}
	return -1
}
