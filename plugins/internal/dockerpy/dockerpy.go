// Package dockerpy reads the values of options that may be written in several
// ways, as docker-py's containers.run takes them. Decoded JSON goes in, plain
// values or a sentence about what is wrong come out; what a runtime makes of
// them is its plugin's business.
package dockerpy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Strings reads a list of strings. Nothing is an empty list.
func Strings(value any) ([]string, error) {
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

// Pairs reads a map, or a list of "key:value".
func Pairs(value any) ([]string, error) {
	words, ok := value.(map[string]any)
	if !ok {
		return Strings(value)
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

// Tmpfs is a folder in memory.
type Tmpfs struct{ Path, Options string }

// TmpfsFolders reads a map of path to options, or a list of "path" or
// "path:options".
func TmpfsFolders(value any) ([]Tmpfs, error) {
	folders, err := tmpfsFolders(value)
	for _, folder := range folders {
		if err == nil {
			err = folder.check()
		}
	}
	return folders, err
}

func tmpfsFolders(value any) ([]Tmpfs, error) {
	var out []Tmpfs
	if words, ok := value.(map[string]any); ok {
		for _, path := range slices.Sorted(maps.Keys(words)) {
			text, ok := words[path].(string)
			if !ok && words[path] != nil {
				return nil, fmt.Errorf("the options of %q must be a string", path)
			}
			out = append(out, Tmpfs{path, text})
		}
		return out, nil
	}
	list, err := Strings(value)
	for _, word := range list {
		path, options, _ := strings.Cut(word, ":")
		out = append(out, Tmpfs{path, options})
	}
	return out, err
}

// tmpfsOptions are what tmpfs(5) and mount(8) know of a folder in memory. Others
// would make something else of the mount.
var tmpfsOptions = []string{
	"size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "huge", "mpol", "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev",
	"sync", "async", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "private", "rprivate",
}

// check says what is wrong with a folder in memory.
func (t Tmpfs) check() error {
	for option := range strings.SplitSeq(t.Options, ",") {
		if name, _, _ := strings.Cut(option, "="); t.Options != "" && !slices.Contains(tmpfsOptions, name) {
			return fmt.Errorf("%q is no option of a folder in memory: write such as size=1g,mode=1777", option)
		}
	}
	return nil
}

// Limit is a limit of a process, as setrlimit(2) has them: -1 is none.
type Limit struct {
	Name       string // such as "nofile"
	Soft, Hard int64
}

// Limits reads limits such as {name: nofile, soft: 1024, hard: 4096}. One of
// soft and hard counts for both.
func Limits(list []map[string]any) ([]Limit, error) {
	var out []Limit
	for _, words := range list {
		var limit Limit
		var soft, hard bool
		for word, value := range words {
			number, isNumber := whole(value)
			switch strings.ToLower(word) {
			case "name":
				limit.Name, _ = value.(string)
			case "soft":
				limit.Soft, soft = number, isNumber
			case "hard":
				limit.Hard, hard = number, isNumber
			}
		}
		if limit.Name == "" || !(soft || hard) {
			return nil, fmt.Errorf("a limit needs name, soft and hard, such as {name: nofile, soft: 1024, hard: 4096}")
		}
		if slices.Contains([]string{"rtprio", "nice"}, strings.ToLower(limit.Name)) {
			return nil, fmt.Errorf("%s would let the task take the CPU from all others: where the site allows it, cap_add: [SYS_NICE] does", limit.Name)
		}
		if !soft {
			limit.Soft = limit.Hard
		}
		if !hard {
			limit.Hard = limit.Soft
		}
		out = append(out, limit)
	}
	return out, nil
}

// Device is a device of the host, where a container has it, and what it may do
// with it: some of r, w and m.
type Device struct{ Host, Inside, Access string }

// Devices reads PATH[:PATH IN THE CONTAINER[:rwm]].
func Devices(words []string) ([]Device, error) {
	var out []Device
	for _, word := range words {
		parts := strings.Split(word, ":")
		device := Device{parts[0], parts[0], "rwm"}
		switch {
		case len(parts) == 2 && strings.Trim(parts[1], "rwm") == "":
			device.Access = parts[1]
		case len(parts) >= 2:
			device.Inside = parts[1]
		}
		if len(parts) == 3 {
			device.Access = parts[2]
		}
		if len(parts) > 3 || device.Host == "" || strings.Trim(device.Access, "rwm") != "" {
			return nil, NoDevice(word)
		}
		out = append(out, device)
	}
	return out, nil
}

// NoDevice says that a word names no device.
func NoDevice(word string) error {
	return fmt.Errorf("%q is no device: write PATH, PATH:PATH or PATH:PATH:rwm", word)
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
