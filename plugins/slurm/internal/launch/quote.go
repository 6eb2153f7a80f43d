package launch

import "strings"

// Quote makes one word of bash of any text without NUL.
func Quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

