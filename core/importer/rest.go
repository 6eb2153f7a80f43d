package importer

import (
	"slices"
	"strings"
)

// needless are the settings that nobody misses, by their beginnings, and why.
var needless = []struct{ prefix, why string }{
	{"RABBIT_", "there is no broker: rows of the state database are the queue"},
	{"PUB_", "there is no broker: rows of the state database are the queue"},
	{"SUB_", "there is no broker: rows of the state database are the queue"},
	{"CPU_SUB_", "there is no broker: rows of the state database are the queue"},
	{"GPU_SUB_", "there is no broker: rows of the state database are the queue"},
	{"LOG_PUB_MODELS", "there is no broker: rows of the state database are the queue"},
	{"FILE_STORAGE_", "files lie in data_dir; no service hands them out"},
	{"STATIC_STORAGE_", "files lie in data_dir; no service hands them out"},
	{"FILE_JANITOR_", "the agent removes what is old by itself"},
	{"DASHBOARD_RULES", "the agent knows what state a run is in"},
	{"PYTHON", "nothing here is in Python"},
}

// rest notes what was of no use: each variable once, however many services have
// it.
func (s *site) rest() {
	groups := map[string][]string{}
	services := map[string][]string{} // by variable
	var unknown []string
	for _, service := range s.names() {
		var keys []string
		for key := range s.settings[service] {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			if s.used[service+"."+key] {
				continue
			}
			if why := whyNeedless(key); why != "" {
				if !slices.Contains(groups[why], key) {
					groups[why] = append(groups[why], key)
				}
				continue
			}
			if services[key] == nil {
				unknown = append(unknown, key)
			}
			services[key] = append(services[key], service)
		}
	}
	for _, key := range unknown {
		s.unknown(strings.Join(services[key], ", "), key, s.settings[services[key][0]][key])
	}
	for _, n := range needless {
		if keys := groups[n.why]; len(keys) > 0 {
			slices.Sort(keys)
			s.note(Needless, "", "%s: %s", strings.Join(keys, ", "), n.why)
			delete(groups, n.why)
		}
	}
}

func whyNeedless(key string) string {
	for _, n := range needless {
		if strings.HasPrefix(key, n.prefix) {
			return n.why
		}
	}
	return ""
}

// unknown notes a variable of these services that has no counterpart.
func (s *site) unknown(services, key string, v value) {
	switch key {
	case "LOG_DIR":
		s.note(Changed, v.from, "logs go to standard error, where systemd keeps them; name a file by log { file } if you want one")
	case "LOG_FORMAT":
		s.note(Missing, v.from, "the form of log lines is text or json: log { format }")
	case "PYNETDICOM_LOG_LEVEL":
		s.note(Missing, v.from, "the DICOM layer has no log level of its own")
	case "DATABASE_PATH":
		s.note(Changed, v.from, "the database is data_dir/state.db; its view rows has the columns of the flow tracker's table, for the runs from now on")
	case "FLOW_DIRECTORY":
		s.note(Changed, v.from, "flows were read from %s inside of a container; the flows that were found are copied to the folder flows beside site.hcl", v.text())
	case "TAR_SUBDIR":
		s.note(Changed, v.from, "%s had a TAR_SUBDIR of its own; the site has one, and a flow may have its own: tar_subdir", services)
	default:
		s.note(Missing, v.from, "%s of %s has no counterpart", key, services)
	}
}
