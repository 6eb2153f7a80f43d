package dockerpy

import (
	"strings"
	"testing"
)

func TestLimitsThatTakeTheCPUFromOthers(t *testing.T) {
	for name, refused := range map[string]bool{"nofile": false, "memlock": false, "rtprio": true, "RTPRIO": true, "nice": true} {
		_, err := Limits([]map[string]any{{"name": name, "soft": float64(1)}})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "SYS_NICE") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptionsOfTmpfs(t *testing.T) {
	for options, refused := range map[string]bool{
		"": false, "size=1g,mode=1777,noexec": false, "bind": true, "size=1g,rshared": true, "remount": true, "size=1g,": true,
	} {
		if _, err := TmpfsFolders(map[string]any{"/t": options}); (err != nil) != refused {
			t.Errorf("%q: %v", options, err)
		}
		if _, err := TmpfsFolders([]any{"/t:" + options}); (err != nil) != refused {
			t.Errorf("list, %q: %v", options, err)
		}
	}
}
