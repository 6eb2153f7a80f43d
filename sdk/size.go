package sdk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes. As a field of a configuration it is written as
// container engines write it: see [ParseSize].
type Size int64

// ParseSize reads a number of bytes with an optional suffix b, k, m, g, t or p
// in either case. A b or ib may follow it, and a space precede it. Each step is
// 1024, as in Docker: "2g", "2GB" and "2 GiB" are the same.
func ParseSize(text string) (Size, error) {
	behind := strings.TrimLeft(text, "0123456789.")
	suffix := strings.ToLower(strings.TrimPrefix(behind, " "))
	value, err := strconv.ParseFloat(text[:len(text)-len(behind)], 64)
	if err != nil {
		return 0, fmt.Errorf(`%q is not a size: write a number of bytes, or one with a suffix, such as "512m" or "2g"`, text)
	}
	if suffix != "" && suffix != "b" {
		exponent := 1 + strings.IndexByte("kmgtp", suffix[0])
		if rest := suffix[1:]; exponent == 0 || (rest != "" && rest != "b" && rest != "ib") {
			return 0, fmt.Errorf("%q is not a size: its suffix must be one of b, k, m, g, t and p", text)
		}
		value *= math.Pow(1024, float64(exponent))
	}
	if value >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size: it must be less than 8 EiB", text)
	}
	return Size(value), nil
}

// String writes the size with the largest suffix that divides it, such as "2GiB".
func (s Size) String() string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	value, unit := int64(s), 0
	for value != 0 && value%1024 == 0 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	return strconv.FormatInt(value, 10) + units[unit]
}

// Rounded writes the size for people, with at most one decimal and rounded down,
// such as "1.4GiB".
func (s Size) Rounded() string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	value, unit := float64(s), 0
	for value >= 1024 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	return strconv.FormatFloat(math.Floor(value*10)/10, 'f', -1, 64) + units[unit]
}
