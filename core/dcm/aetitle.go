package dcm

import (
	"fmt"
	"strings"
)

// AETitle is the name of an application entity without its padding, such as
// "RadDeploy" (PS3.5 §6.2, VR AE).
type AETitle string

// MaxAETitleLength is the most characters an application entity title has.
const MaxAETitleLength = 16

// TrimAETitle makes an AE title of a value as sent: leading and trailing spaces
// are not significant, NULs are padding.
func TrimAETitle(value string) AETitle { return AETitle(strings.Trim(value, " \x00")) }

// ParseAETitle checks an AE title that a person wrote. It has one to 16
// printable ASCII characters and no backslash.
func ParseAETitle(s string) (AETitle, error) {
	title := TrimAETitle(s)
	if title == "" {
		return "", fmt.Errorf("AE title %q is empty: give it 1 to %d characters", s, MaxAETitleLength)
	}
	if len(title) > MaxAETitleLength {
		return "", fmt.Errorf("AE title %q has %d characters: %d are the most", s, len(title), MaxAETitleLength)
	}
	for _, c := range title {
		if c < 0x20 || c > 0x7e || c == '\\' {
			return "", fmt.Errorf("AE title %q contains %q: only printable ASCII without the backslash is allowed", s, c)
		}
	}
	return title, nil
}
