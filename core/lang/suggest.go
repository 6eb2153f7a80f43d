package lang

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Suggest returns the word of known that a person most likely meant by an
// unknown one, or "" where none is near.
func Suggest(word string, known []string) string {
	folded := fold(word)
	best, distance := "", max(1, min(3, len(folded)/2))+1
	for _, k := range known {
		if fold(k) == folded {
			return k
		}
		n := levenshtein.Distance(folded, fold(k), nil)
		if n == 2 && letters(folded) == letters(fold(k)) {
			n = 1 // two letters changed places
		}
		if n < distance {
			best, distance = k, n
		}
	}
	return best
}

// DidYouMean returns the hint "did you mean …?" for an unknown word, or
// otherwise if no known word is near.
func DidYouMean(word string, known []string, otherwise string) string {
	if near := Suggest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// letters returns the letters of a word in alphabetical order.
func letters(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

// fold makes spellings equal that differ in case and separators only.
func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
}
