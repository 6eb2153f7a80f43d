package slurm

import "testing"

// What a folder is called on the nodes: by the longest of the site's folders
// that it is in, and not by one that only begins alike.
func TestPathMap(t *testing.T) {
	c := &Config{PathMap: map[string]string{"/shared": "/cluster", "/shared/deep/": "/deep/", "/data": "/"}}
	for path, want := range map[string]string{
		"/shared": "/cluster", "/shared/a/b": "/cluster/a/b", "/shared/deep": "/deep", "/shared/deep/x": "/deep/x", "/shared/deeper": "/cluster/deeper",
		"/data/x": "/x", "/sharedother": "", "/": "", "/other": "",
	} {
		if got, seen := c.onNodes(path); got != want || seen != (want != "") {
			t.Errorf("%s is %q (%v) on the nodes, want %q", path, got, seen, want)
		}
	}
	for path, want := range map[string]string{
		"/cluster/a/b": "/shared/a/b", "/deep/x": "/shared/deep/x", "/x": "/data/x", "/clusters": "/data/clusters",
	} {
		if got := c.onHost(path); got != want {
			t.Errorf("%s of the nodes is %q here, want %q", path, got, want)
		}
	}
	if got := (&Config{PathMap: map[string]string{"/shared": "/cluster"}}).onHost("/opt/a.sif"); got != "" {
		t.Errorf("outside of path_map: %q", got)
	}
	all := &Config{PathMap: map[string]string{"/": "/mnt/agent"}}
	if got, seen := all.onNodes("/a/b"); got != "/mnt/agent/a/b" || !seen {
		t.Errorf("under the root: %q, %v", got, seen)
	}
}
