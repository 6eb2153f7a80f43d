package lang

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Plain scalars mean what they mean in YAML 1.1, which the flows of the Python
// RadDeploy are written in, except that sexagesimal numbers and dates stay
// text: 22:22 is no 1342.

func isNull(s string) bool {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// parseBool reads the booleans of YAML 1.1.
func parseBool(s string) (value, ok bool) {
	switch s {
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
		return true, true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}

var (
	decimalInt = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9_]*)$`)
	otherInt   = regexp.MustCompile(`^([-+]?)0(?:b([01_]+)|x([0-9a-fA-F_]+)|o?([0-7_]+))$`)
	decimal    = regexp.MustCompile(`^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?$`)
	notFinite  = regexp.MustCompile(`^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

// looksLikeInt reports whether s is spelled like an integer, of whatever size.
func looksLikeInt(s string) bool { return decimalInt.MatchString(s) || otherInt.MatchString(s) }

// parseInt reads a decimal, hexadecimal, octal or binary integer.
func parseInt(s string) (int64, bool) {
	clean := strings.ReplaceAll(s, "_", "")
	base := 10
	if m := otherInt.FindStringSubmatch(s); m != nil {
		for i, b := range []int{2, 16, 8} {
			if m[i+2] != "" {
				clean, base = m[1]+strings.ReplaceAll(m[i+2], "_", ""), b
			}
		}
	} else if !decimalInt.MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(clean, base, 64)
	return n, err == nil
}

// parseFloat reads a finite number.
func parseFloat(s string) (float64, bool) {
	if n, ok := parseInt(s); ok {
		return float64(n), true
	}
	if !decimal.MatchString(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return f, err == nil && !math.IsInf(f, 0)
}
