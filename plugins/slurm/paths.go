package slurm

import (
	"iter"
	"maps"
	"path/filepath"
	"strings"
)

// onNodes is what a folder of this host is called on the cluster's nodes. It
// tells whether they see it.
func (c *Config) onNodes(path string) (string, bool) {
	if len(c.PathMap) == 0 {
		return path, true
	}
	mapped := moved(path, maps.All(c.PathMap))
	return mapped, mapped != ""
}

// onHost is what a folder of the cluster's nodes is called on this host; "": this host
// does not see it.
func (c *Config) onHost(path string) string {
	if len(c.PathMap) == 0 {
		return path
	}
	return moved(path, func(yield func(from, to string) bool) {
		for here, there := range c.PathMap {
			if !yield(there, here) {
				return
			}
		}
	})
}

// moved is a path with the longest of the folders that it lies in replaced by what it
// maps to, or "" if it lies in none.
func moved(path string, folders iter.Seq2[string, string]) string {
	best, mapped := -1, ""
	for from, to := range folders {
		from = strings.TrimSuffix(filepath.Clean(from), "/")
		rest, inside := strings.CutPrefix(path, from)
		if inside && (rest == "" || rest[0] == '/') && len(from) > best {
			best, mapped = len(from), filepath.Join(to, rest)
		}
	}
	return mapped
}
