package launch

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// ids are the numbers of the user and group that the container's process shall
// see itself as.
func (c *Container) ids() (uid, gid string) {
	name, group, hasGroup := strings.Cut(c.user(), ":")
	uid, gid = name, "0"
	if name == "" {
		uid = "0"
	}
	if entry := lookup(c.Fetched.passwd, name); len(entry) > 3 {
		uid, gid = entry[2], entry[3]
	}
	if hasGroup && group != "" {
		gid = group
		if entry := lookup(c.Fetched.group, group); len(entry) > 2 {
			gid = entry[2]
		}
	}
	if !number(uid) {
		uid = "65534"
	}
	if !number(gid) {
		gid = "65534"
	}
	return uid, gid
}

// lookup finds the line of /etc/passwd or /etc/group by its name or its number.
func lookup(file, key string) []string {
	for line := range strings.Lines(file) {
		entry := strings.Split(strings.TrimSpace(line), ":")
		if len(entry) > 2 && (entry[0] == key || entry[2] == key) {
			return entry
		}
	}
	return nil
}

func number(text string) bool {
	n, err := strconv.ParseUint(text, 10, 32)
	return err == nil && n <= 1<<31
}

// readUsers returns a file of users of an image, up to a megabyte of it;
// nothing if there is none.
func readUsers(root *os.Root, name string) string {
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	var b strings.Builder
	scanner := bufio.NewScanner(f)
	for scanner.Scan() && b.Len() < 1<<20 {
		b.WriteString(scanner.Text() + "\n")
	}
	return b.String()
}
