package state

import (
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// refusedColumn is what the associations of arrival a proposed in vain.
const refusedColumn = `(SELECT coalesce(group_concat(DISTINCT p.refused), '') FROM arrival_sender x JOIN arrival p ON p.seq = x.association
	WHERE x.arrival = a.seq AND p.refused <> '')`

// joinUIDs makes one text of UIDs.
func joinUIDs(uids []dcm.UID) string {
	var valid []string
	for _, uid := range uids {
		if uid.Valid() {
			valid = append(valid, string(uid))
		}
	}
	return strings.Join(valid, " ")
}

// splitUIDs reads what joinUIDs wrote, once or several times, each UID once.
func splitUIDs(text string) []dcm.UID {
	var uids []dcm.UID
	for _, uid := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		if !slices.Contains(uids, dcm.UID(uid)) {
			uids = append(uids, dcm.UID(uid))
		}
	}
	return uids
}
