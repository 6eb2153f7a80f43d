package slurm

import (
	"path/filepath"
	"strings"
)

// onNodes is what a folder of this host is called on the cluster's nodes. It
// tells whether they see it.
func (c *Config) onNodes(path string) (string, bool) {
	if len(c.PathMap) == 0 {
		return path, true
	}
	best, mapped := -1, ""
	for from, to := range c.PathMap {
		from = strings.TrimSuffix(filepath.Clean(from), "/")
		rest, inside := strings.CutPrefix(path, from)
		if inside && (rest == "" || rest[0] == '/') && len(from) > best {
			best, mapped = len(from), filepath.Join(to, rest)
		}
	}
	return mapped, best >= 0
}
