package process

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"
)

// lookUser resolves a container's user, "NAME|UID[:GROUP|GID]", by this host's
// users and groups. "" is root, as most images have it.
func lookUser(text string) (uid, gid int, groups []int, err error) {
	if text == "" {
		return 0, 0, nil, nil
	}
	name, group, hasGroup := strings.Cut(text, ":")
	known, unknown := user.Lookup(name)
	if uid, err = strconv.Atoi(name); err == nil {
		known, unknown = user.LookupId(name)
	} else if unknown != nil {
		return 0, 0, nil, fmt.Errorf("user %q is not known on this host: give its number", name)
	}
	if unknown == nil {
		uid, _ = strconv.Atoi(known.Uid)
		gid, _ = strconv.Atoi(known.Gid)
		ids, _ := known.GroupIds()
		for _, id := range ids {
			n, _ := strconv.Atoi(id)
			groups = append(groups, n)
		}
	}
	if hasGroup {
		groups = nil // only the one that was asked for, as container engines do
		if gid, err = strconv.Atoi(group); err != nil {
			known, err := user.LookupGroup(group)
			if err != nil {
				return 0, 0, nil, fmt.Errorf("group %q is not known on this host: give its number", group)
			}
			gid, _ = strconv.Atoi(known.Gid)
		}
	}
	if uid < 0 || gid < 0 {
		return 0, 0, nil, fmt.Errorf("user %q: a number below 0", text)
	}
	return uid, gid, groups, nil
}
