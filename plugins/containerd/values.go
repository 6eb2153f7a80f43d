package containerd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/internal/dockerpy"
)

// ulimits reads limits such as {name: nofile, soft: 1024, hard: 4096}.
func ulimits(list []map[string]any) ([]specs.POSIXRlimit, error) {
	limits, err := dockerpy.Limits(list)
	var out []specs.POSIXRlimit
	for _, limit := range limits { // what is below nothing is unlimited: the highest number
		out = append(out, specs.POSIXRlimit{Type: "RLIMIT_" + strings.ToUpper(limit.Name),
			Soft: uint64(max(limit.Soft, -1)), Hard: uint64(max(limit.Hard, -1))})
	}
	return out, err
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
