// Package bash writes texts into scripts of bash that sbatch takes.
package bash

import "strings"

// Quote makes one word of any text without NUL. The word has no carriage
// returns: sbatch refuses scripts that have.
func Quote(text string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "\r", `'$'\r''`).Replace(text) + "'"
}
