package containerd

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ulimits reads limits such as {name: nofile, soft: 1024, hard: 4096}.
func ulimits(list []map[string]any) ([]specs.POSIXRlimit, error) {
	var out []specs.POSIXRlimit
	for _, words := range list {
		var limit specs.POSIXRlimit
		var soft, hard bool
		for word, value := range words {
			number, isNumber := whole(value)
			if number < 0 { // unlimited
				number = -1
			}
			switch strings.ToLower(word) {
			case "name":
				limit.Type, _ = value.(string)
			case "soft":
				limit.Soft, soft = uint64(number), isNumber
			case "hard":
				limit.Hard, hard = uint64(number), isNumber
			}
		}
		if limit.Type == "" || !(soft || hard) {
			return nil, fmt.Errorf("a limit needs name, soft and hard, such as {name: nofile, soft: 1024, hard: 4096}")
		}
		if !soft {
			limit.Soft = limit.Hard
		}
		if !hard {
			limit.Hard = limit.Soft
		}
		limit.Type = "RLIMIT_" + strings.ToUpper(limit.Type)
		out = append(out, limit)
	}
	return out, nil
}

// pairs reads a map, or a list of "key:value".
func pairs(value any) ([]string, error) {
	words, ok := value.(map[string]any)
	if !ok {
		return strs(value)
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(words)) {
		text, ok := words[key].(string)
		if !ok {
			return nil, fmt.Errorf("%q must be a string", key)
		}
		out = append(out, key+":"+text)
	}
	return out, nil
}

func strs(value any) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("must be a list or a map")
	}
	var out []string
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, fmt.Errorf("%v must be a string", element)
		}
		out = append(out, text)
	}
	return out, nil
}

func numbers(words []string) ([]uint32, error) {
	var out []uint32
	for _, word := range words {
		number, err := strconv.ParseUint(word, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("%q is no number of a group", word)
		}
		out = append(out, uint32(number))
	}
	return out, nil
}

// whole reads a number of a decoded JSON value.
func whole(value any) (int64, bool) {
	switch number := value.(type) {
	case float64:
		return int64(number), number == float64(int64(number))
	case int64:
		return number, true
	case string:
		n, err := strconv.ParseInt(number, 10, 64)
		return n, err == nil
	}
	return 0, false
}
