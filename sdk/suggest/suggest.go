// Package suggest finds the known word that a person most likely meant by an
// unknown one. Words come in, a word or a hint comes out. It imports nothing
// but the standard library, so that every package can use it.
package suggest

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// many is how many known words make it likely that one is near by chance.
const many = 1000

// Nearest returns the known word that was most likely meant, or "" if none is
// near.
func Nearest(word string, known []string) string {
	folded := fold(word)
	share := 2
	if len(known) > many {
		share = 4
	}
	best, distance := "", max(1, min(3, len(folded)/share))+1
	for _, k := range known {
		candidate := fold(k)
		if candidate == folded {
			return k
		}
		longer := utf8.RuneCountInString(candidate) - utf8.RuneCountInString(folded)
		if candidate == "" || max(longer, -longer) >= distance {
			continue
		}
		n := editDistance(folded, candidate)
		if n == 2 && letters(folded) == letters(candidate) {
			n = 1 // two letters changed places
		}
		if n < distance {
			best, distance = k, n
		}
	}
	return best
}

// Hint returns "did you mean …?" for an unknown word, or otherwise if no known
// word is near.
func Hint(word string, known []string, otherwise string) string {
	return DidYouMean(Nearest(word, known), otherwise)
}

// DidYouMean returns "did you mean …?" for a word, or otherwise if it is "".
func DidYouMean(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return "did you mean " + word + "?"
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "", "'", "")

// fold makes spellings equal that differ in case and separators only.
func fold(s string) string { return strings.ToLower(separators.Replace(s)) }

// letters returns the letters of a word in alphabetical order.
func letters(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

// editDistance counts the insertions, deletions and replacements of letters
// that make one word of the other.
func editDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j := range to {
			cost := diagonal
			if from[i] != to[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
