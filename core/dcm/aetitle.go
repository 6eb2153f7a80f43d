package dcm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// AETitle is the name of an application entity without its padding, such as
// "RadDeploy" (PS3.5 §6.2, VR AE). It is always printable ASCII, so that it can
// be shown, stored and given to a program: a byte that no title may have is
// written as in \xC0. [AETitle.Wire] has the bytes as a peer has them.
type AETitle string

// MaxAETitleLength is the most bytes an application entity title has.
const MaxAETitleLength = 16

// ReadAETitle makes an AE title of a field of a PDU or of a data set: leading
// and trailing spaces are not significant, NULs are padding.
func ReadAETitle(field string) AETitle {
	return AETitle(Printable(strings.Trim(field, " \x00")))
}

// Printable makes a text of a peer, which may have any bytes, one that can be shown and
// stored: printable ASCII, in which every other byte, and a backslash, is written as in
// \xC0.
func Printable(value string) string {
	if !strings.ContainsFunc(value, notInTitle) {
		return value
	}
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; notInTitle(rune(c)) {
			fmt.Fprintf(&b, `\x%02X`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// notInTitle reports whether a character is not allowed in an AE title.
func notInTitle(c rune) bool { return c < 0x20 || c > 0x7e || c == '\\' }

// byteInTitle is how an AE title has a byte that is not allowed in one.
var byteInTitle = regexp.MustCompile(`\\x[0-9A-Fa-f]{2}`)

// Wire returns the title's bytes as a peer has them.
func (t AETitle) Wire() string {
	if !strings.Contains(string(t), `\`) {
		return string(t)
	}
	return byteInTitle.ReplaceAllStringFunc(string(t), func(found string) string {
		c, _ := strconv.ParseUint(found[2:], 16, 8) // two hexadecimal digits are a byte
		return string([]byte{byte(c)})
	})
}

// ParseAETitle checks an AE title that a person wrote. It has one to 16
// printable ASCII characters and no backslash but in bytes that are written as
// in \xC0, for a peer whose title breaks that rule.
func ParseAETitle(s string) (AETitle, error) {
	title := strings.Trim(s, " \x00")
	if title == "" {
		return "", fmt.Errorf("AE title %q is empty: give it 1 to %d characters", s, MaxAETitleLength)
	}
	if n := len(AETitle(title).Wire()); n > MaxAETitleLength {
		return "", fmt.Errorf("AE title %q has %d characters: %d are the most", s, n, MaxAETitleLength)
	}
	for _, c := range byteInTitle.ReplaceAllString(title, "") {
		if notInTitle(c) {
			return "", fmt.Errorf("AE title %q contains %q: only printable ASCII without the backslash is allowed", s, c)
		}
	}
	return ReadAETitle(AETitle(title).Wire()), nil
}
