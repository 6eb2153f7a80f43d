package flowfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const good = "models: [{image: busybox}]\n"

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inForce lists the flows of a set: name, "+" and the image, "!" if the file is
// broken now.
func inForce(s *Set) string {
	var all []string
	for _, l := range s.Flows {
		text := l.Flow.ID().String() + "+" + l.Flow.Models[0].Container.Image
		if l.Stale {
			text += "!"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func check(t *testing.T, c *Catalog, dir, want string, diags ...string) {
	t.Helper()
	s := c.Reload()
	if got := inForce(s); got != want {
		t.Errorf("in force: %s, want %s", got, want)
	}
	var said []string
	for _, d := range s.Diagnostics {
		said = append(said, strings.TrimPrefix(d.Range.String(), dir+"/")+" "+string(d.Severity)+": "+strings.ReplaceAll(d.Summary, dir+"/", ""))
	}
	if diff := cmp.Diff(diags, said); diff != "" {
		t.Errorf("diagnostics: %s", diff)
	}
}

// A flow that is larger than one may be once it is put together is refused,
// whatever its file looks like.
func TestALargeFlow(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "weights", strings.Repeat("x", 600_000))
	for name, text := range map[string]string{
		"f.yaml": "models: [{image: busybox, config: {a: &a " + strings.Repeat("x", 600_000) + ", b: *a}}]\n",
		"f.hcl":  "flow \"f\" {\n  model \"m\" {\n    image  = \"busybox\"\n    config = { a = file(\"weights\"), b = file(\"weights\") }\n  }\n}\n",
	} {
		if flows, d := Parse(filepath.Join(dir, name), []byte(text), Options{}); flows != nil || !d.HasErrors() || !strings.Contains(d[0].Summary, "1048576") || !strings.Contains(d[0].Hint, "static_mounts") {
			t.Errorf("%s: %d flows, %.300v", name, len(flows), d)
		}
	}
}

// What is no regular file is named and passed over, by each reload, as are files
// that the function file reads.
func TestCatalogPassesOverPipesAndDevices(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "flows/good.yaml", good)
	put(t, dir, "flows/reads.hcl", "flow \"reads\" {\n  model \"m\" { image = join(\"\", [for path in [\"pipe\", \"../../../../../../../../dev/zero\", \"zero\", \"name\"] : try(file(path), \"\")]) }\n}\n")
	put(t, dir, "flows/name", "busybox")
	put(t, dir, "flows/huge.yaml", "a: "+strings.Repeat("a", 5<<20))
	for name, err := range map[string]error{
		"pipe.yaml": syscall.Mkfifo(filepath.Join(dir, "flows/pipe.yaml"), 0o600), "pipe": syscall.Mkfifo(filepath.Join(dir, "flows/pipe"), 0o600),
		"zero.hcl": os.Symlink("/dev/zero", filepath.Join(dir, "flows/zero.hcl")), "zero": os.Symlink("/dev/zero", filepath.Join(dir, "flows/zero")),
	} {
		if err != nil {
			t.Fatal(name, err)
		}
	}
	c := NewCatalog([]string{filepath.Join(dir, "flows")}, Options{})
	for range 2 {
		check(t, c, dir, "good+busybox reads+busybox",
			"flows/huge.yaml error: cannot be read: it has more than 4194304 bytes",
			"flows/pipe.yaml error: cannot be read: it is a named pipe, not a regular file",
			"flows/zero.hcl error: cannot be read: it is a device, not a regular file")
	}
	put(t, dir, "flows/name", "alpine")
	check(t, c, dir, "good+busybox reads+alpine",
		"flows/huge.yaml error: cannot be read: it has more than 4194304 bytes",
		"flows/pipe.yaml error: cannot be read: it is a named pipe, not a regular file",
		"flows/zero.hcl error: cannot be read: it is a device, not a regular file")
}

func TestCatalogOverTime(t *testing.T) {
	dir := t.TempDir()
	c := NewCatalog([]string{dir}, Options{})
	check(t, c, dir, "")

	put(t, dir, "b.yaml", good)
	put(t, dir, "a/z.yml", good)
	put(t, dir, ".git/c.yaml", good)
	put(t, dir, "readme.txt", "not a flow")
	check(t, c, dir, "z+busybox b+busybox")

	put(t, dir, "b.yaml", "models: [{imag: busybox}]\n")
	check(t, c, dir, "z+busybox b+busybox!", "b.yaml:1:11 error: a model has no key imag")

	put(t, dir, "c.yaml", "models: [")
	check(t, c, dir, "z+busybox b+busybox!", "b.yaml:1:11 error: a model has no key imag",
		"c.yaml:1:1 error: not YAML: did not find expected node content")

	put(t, dir, "b.yaml", "models: [{image: debian}]\n")
	put(t, dir, "c.yaml", good)
	check(t, c, dir, "z+busybox b+debian c+busybox")

	put(t, dir, "c.yaml", "name: b\n"+good)
	check(t, c, dir, "z+busybox b+debian c+busybox!", "c.yaml:1:7 error: flow b is in b.yaml already")

	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	check(t, c, dir, "z+busybox b+busybox")

	put(t, dir, "d.hcl", `flow "x" {}`)
	check(t, c, dir, "z+busybox b+busybox", "d.hcl:1:6 error: the flow has no models")

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s := c.Reload()
	if len(s.Flows) != 0 || s.Diagnostics.HasErrors() || len(s.Diagnostics) != 1 {
		t.Errorf("after the folder was removed: %s, %v", inForce(s), s.Diagnostics)
	}
}

func TestCatalogKeepsWhatItCannotRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root reads everything, so a broken link stands for an unreadable file")
	}
	dir := t.TempDir()
	put(t, dir, "a.yaml", good)
	c := NewCatalog([]string{dir}, Options{})
	check(t, c, dir, "a+busybox")
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/null", filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	check(t, c, dir, "a+busybox!", "a.yaml error: cannot be read: it is a device, not a regular file")
}

func TestCatalogDropsWhatTheSiteNoLongerAllows(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.yaml", "models: [{image: busybox, privileged: true}]\n")
	put(t, dir, "b.yaml", good)
	c := NewCatalog([]string{dir}, Options{Allowed: func(_, word string) bool { return word == "privileged" }})
	check(t, c, dir, "a+busybox b+busybox")
	c.Configure([]string{dir}, Options{})
	check(t, c, dir, "b+busybox", "a.yaml:1:27 error: privileged is not for a flow to decide")
}

func TestCatalogReadsUnchangedFilesOnce(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.yaml", good)
	c := NewCatalog([]string{dir, dir, filepath.Join(dir, "a.yaml")}, Options{})
	first := c.Reload()
	second := c.Reload()
	if len(first.Flows) != 1 || len(second.Flows) != 1 || first.Flows[0] != second.Flows[0] {
		t.Errorf("%s, then %s", inForce(first), inForce(second))
	}
}

// A file that has not been written for a while is not read at each look. One that was
// written since is, though its size and time are as they were.
func TestCatalogReadsFilesThatWereWritten(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.yaml", good)
	path := filepath.Join(dir, "a.yaml")
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	c := NewCatalog([]string{dir}, Options{})
	check(t, c, dir, "a+busybox")
	for settled := false; !settled; time.Sleep(50 * time.Millisecond) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		settled = versionOf(info).settled
	}
	check(t, c, dir, "a+busybox")
	again := 0
	find(dir, func(path string, now version) ([]byte, bool) {
		if _, known := c.known(path, now); !known {
			again++
		}
		return nil, true
	})
	if again != 0 {
		t.Errorf("%d files are read again, though nobody has written them", again)
	}
	put(t, dir, "a.yaml", strings.Replace(good, "busybox", "busybux", 1))
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	check(t, c, dir, "a+busybux")
}

func TestCatalogTakesUpAFileOfSeveralFlowsAsAWhole(t *testing.T) {
	const two = "flow \"one\" {\n  model { image = %q }\n}\nflow \"two\" {\n  model { image = %q }\n}\n"
	dir := t.TempDir()
	put(t, dir, "a.hcl", fmt.Sprintf(two, "busybox", "busybox"))
	c := NewCatalog([]string{dir}, Options{})
	check(t, c, dir, "one+busybox two+busybox")

	put(t, dir, "a.hcl", fmt.Sprintf(two, "debian", " "))
	check(t, c, dir, "one+busybox! two+busybox!", "a.hcl:5:19 error: model 0 has no image")

	put(t, dir, "b.yaml", "name: two\n"+good)
	check(t, c, dir, "one+busybox! two+busybox", "a.hcl:5:19 error: model 0 has no image")

	put(t, dir, "a.hcl", fmt.Sprintf(two, "debian", "debian"))
	check(t, c, dir, "one+debian two+debian", "b.yaml:1:7 error: flow two is in a.hcl already")
}

func TestCatalogSeesWhatTheFunctionFileReads(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "image.txt", "busybox")
	put(t, dir, "a.hcl", "flow \"a\" {\n  model { image = file(\"image.txt\") }\n}\n")
	c := NewCatalog([]string{dir}, Options{})
	check(t, c, dir, "a+busybox")
	put(t, dir, "image.txt", "debian")
	check(t, c, dir, "a+debian")
	if err := os.Remove(filepath.Join(dir, "image.txt")); err != nil {
		t.Fatal(err)
	}
	check(t, c, dir, "a+debian!", `a.hcl:2:25 error: "image.txt" cannot be read: no such file or directory`)
}

func TestCatalogReadsTheFlowsOfASite(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "site.hcl", "data_dir = env(1, 2)\nhttp { listen = nowhere }\nflow \"a\" {\n  model { image = \"busybox\" }\n}\n")
	put(t, dir, "flows/b.yaml", good)
	check(t, NewCatalog([]string{filepath.Join(dir, "flows"), filepath.Join(dir, "site.hcl")}, Options{}), dir, "b+busybox a+busybox")
}

// One broken flow of a file that was never whole leaves the others of the file
// in force; of one that was, all are as they were.
func TestFlowsBesideABrokenOne(t *testing.T) {
	dir := t.TempDir()
	c := NewCatalog([]string{dir}, Options{})
	flow := func(name, image string) string {
		return "flow \"" + name + "\" {\n  model \"m\" {\n    " + image + "\n  }\n}\n"
	}
	const right, wrong = `image = "busybox"`, `image = ["busybox"]`
	put(t, dir, "a.hcl", flow("one", right)+flow("two", wrong)+flow("three", right))
	says := "a.hcl:8:13 error: image has to be text, and this is a list"
	check(t, c, dir, "one+busybox three+busybox", says)
	check(t, c, dir, "one+busybox three+busybox", says)
	put(t, dir, "a.hcl", "locals { tag = nothing }\n"+flow("one", right)+flow("two", wrong))
	check(t, c, dir, "", "a.hcl:1:16 error: there is no variable nothing", "a.hcl:9:13 error: image has to be text, and this is a list")
	put(t, dir, "a.hcl", flow("one", right)+flow("two", right))
	check(t, c, dir, "one+busybox two+busybox")
	put(t, dir, "a.hcl", flow("one", `image = "other"`)+flow("two", wrong))
	check(t, c, dir, "one+busybox! two+busybox!", says)
}
