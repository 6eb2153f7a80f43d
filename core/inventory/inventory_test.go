package inventory_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

const (
	one = "GPU-11111111-1111-1111-1111-111111111111"
	two = "GPU-22222222-2222-2222-2222-222222222222"
)

func open(t *testing.T, path string) *inventory.Inventory {
	t.Helper()
	i, err := inventory.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func fresh(t *testing.T) *inventory.Inventory {
	return open(t, filepath.Join(t.TempDir(), "gpus.json"))
}

func tell(t *testing.T, i *inventory.Inventory, executor string, local bool, gpus ...sdk.Device) inventory.Change {
	t.Helper()
	change, err := i.Tell(executor, sdk.Fingerprint{Health: sdk.Healthy, Local: local, GPUs: gpus})
	if err != nil {
		t.Fatal(err)
	}
	return change
}

// shown is an executor's GPUs in short: names, and "!" if missing, "-" if held.
func shown(i *inventory.Inventory, executor string) string {
	var all []string
	for _, gpu := range i.GPUs(executor) {
		name := strings.NewReplacer(one, "ONE", two, "TWO").Replace(gpu.Name)
		if gpu.Missing {
			name = "!" + name
		}
		if gpu.Held {
			name = "-" + name
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func hold(i *inventory.Inventory, executor string, gpus ...string) run.AttemptID {
	id := run.AttemptID(fmt.Sprint("attempt of ", executor, gpus))
	i.Take(run.Attempt{ID: id, Executor: executor, GPUs: gpus})
	return id
}

// Two executors know one GPU by different names. What one of them holds, the
// other one does not get.
func TestOneGPUUnderAllItsNames(t *testing.T) {
	for _, test := range []struct {
		name          string
		docker, other string       // the site's names
		tells         []sdk.Device // by the other one
		same          bool
	}{
		{"the same name", "0", "0", nil, true},
		{"index and UUID, which a backend tells", "0", one, []sdk.Device{{Index: "0", UUID: one}}, true},
		{"UUID and CDI name, which a backend tells", one, "nvidia.com/gpu=0", []sdk.Device{{Index: "0", UUID: one, CDI: "nvidia.com/gpu=0"}}, true},
		{"index and CDI name, which nobody tells", "0", "nvidia.com/gpu=0", nil, true},
		{"UUID and CDI name by UUID, which nobody tells", one, "nvidia.com/gpu=" + one, nil, true},
		{"index of another GPU", "1", one, []sdk.Device{{Index: "0", UUID: one}}, false},
		{"indexes of two vendors", "amd.com/gpu=0", "nvidia.com/gpu=0", nil, false},
		{"two UUIDs", one, two, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := fresh(t)
			i.Allow("docker", []string{test.docker})
			i.Allow("other", []string{test.other})
			tell(t, i, "docker", true)
			tell(t, i, "other", true, test.tells...)
			if a, b := i.GPUs("docker")[0].Name, i.GPUs("other")[0].Name; (a == b) != test.same {
				t.Errorf("they are called %s and %s", a, b)
			}
			for _, pair := range [][2]string{{"docker", "other"}, {"other", "docker"}} {
				id := hold(i, pair[0], i.GPUs(pair[0])[0].Name)
				if gpu := i.GPUs(pair[1])[0]; gpu.Held != test.same || gpu.Held && gpu.Holder != id {
					t.Errorf("%s holds it, and for %s it is %+v", pair[0], pair[1], gpu)
				}
				i.Release(id)
				if gpu := i.GPUs(pair[1])[0]; gpu.Held {
					t.Errorf("after its release it is %+v", gpu)
				}
			}
		})
	}
}

// Nobody knew the UUID when the lease was given; now it is known.
func TestNamesThatAreLearntLater(t *testing.T) {
	i := fresh(t)
	i.Allow("docker", []string{"0"})
	i.Allow("other", []string{one})
	hold(i, "docker", "0")
	if got := shown(i, "other"); got != "ONE" {
		t.Errorf("before anybody tells: %s", got)
	}
	tell(t, i, "other", true, sdk.Device{Index: "0", UUID: one})
	if got := shown(i, "other"); got != "-ONE" {
		t.Errorf("then: %s", got)
	}
}

func TestAnotherHostHasItsOwnGPUs(t *testing.T) {
	i := fresh(t)
	i.Allow("docker", []string{"0", one})
	i.Allow("remote", []string{"0", one})
	tell(t, i, "docker", true)
	tell(t, i, "remote", false)
	hold(i, "docker", "0", one)
	if got := shown(i, "remote"); got != "0 ONE" {
		t.Errorf("held on this host, and on the other one: %s", got)
	}
}

func TestParts(t *testing.T) {
	mig := sdk.Device{Index: "0:1", UUID: "MIG-aaaa", CDI: "nvidia.com/gpu=0:1"}
	for _, test := range []struct {
		name, holds, want string
		allowed           []string
	}{
		{"the whole and its parts", "0", "-0:0 -0:1 1 -0", []string{"0", "0:0", "0:1", "1"}},
		{"a part and its whole", "0:1", "0:0 -0:1 1 -0", []string{"0", "0:0", "0:1", "1"}},
		{"a part by its UUID", "MIG-aaaa", "0:0 -MIG-aaaa -0", []string{"0", "0:0", "MIG-aaaa"}},
		{"the older UUIDs", "MIG-" + one + "/1/0", "-MIG-ONE/1/0 TWO -ONE", []string{one, "MIG-" + one + "/1/0", two}},
		{"all of them", "nvidia.com/gpu=all", "-0 -1", []string{"0", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := fresh(t)
			i.Allow("docker", test.allowed)
			if strings.HasPrefix(test.holds, "MIG-a") {
				i.Allow("other", []string{"0:1"})
				tell(t, i, "other", true, mig, sdk.Device{Index: "0"})
			}
			hold(i, "docker", test.holds)
			if got := shown(i, "docker"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gpus.json")
	i := open(t, path)
	i.Allow("docker", []string{"0", "1"})
	i.Allow("other", []string{one, two, "7"})
	zero, first := sdk.Device{Index: "0", UUID: one}, sdk.Device{Index: "1", UUID: two}
	for _, step := range []struct {
		name, docker, other string
		lists               []sdk.Device
		change              inventory.Change
	}{
		{"an executor that lists some is believed", "ONE TWO", "ONE TWO !7", []sdk.Device{zero, first}, inventory.Change{Lost: []string{"7"}}},
		{"one is lost, and who lists none knows from the other one", "ONE !TWO", "ONE !TWO !7", []sdk.Device{zero}, inventory.Change{Lost: []string{"1 (" + two + ")"}}},
		{"all are lost", "!ONE !TWO", "!ONE !TWO !7", nil, inventory.Change{Lost: []string{"0 (" + one + ")"}}},
		{"they are back", "ONE TWO", "ONE TWO !7", []sdk.Device{zero, first},
			inventory.Change{Back: []string{"0 (" + one + ")", "1 (" + two + ")"}}},
		{"another card is in the slot", "7 TWO", "!ONE TWO 7", []sdk.Device{{Index: "0", UUID: "GPU-3"}, first, {Index: "7"}},
			inventory.Change{Lost: []string{one}, Back: []string{"7"}}},
	} {
		change := tell(t, i, "other", true, step.lists...)
		if step.name == "another card is in the slot" {
			step.docker = "GPU-3 TWO"
		}
		if diff := cmp.Diff(step.change, change); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
		if got := shown(i, "docker"); got != step.docker {
			t.Errorf("%s: docker has %s, want %s", step.name, got, step.docker)
		}
		if got := shown(i, "other"); got != step.other {
			t.Errorf("%s: other has %s, want %s", step.name, got, step.other)
		}
		i = open(t, path) // an agent that starts now knows the same
		i.Allow("docker", []string{"0", "1"})
		i.Allow("other", []string{one, two, "7"})
	}
}

// A backend that lists whole GPUs need not know their parts.
func TestPartsThatNobodyLists(t *testing.T) {
	i := fresh(t)
	i.Allow("docker", []string{"0:1", "MIG-aaaa", "1:0", "2"})
	tell(t, i, "docker", true, sdk.Device{Index: "0", UUID: one})
	if got := shown(i, "docker"); got != "0:1 MIG-aaaa 1:0 !2" {
		t.Errorf("only wholes are listed: %s", got)
	}
	tell(t, i, "docker", true)
	if got := shown(i, "docker"); got != "!0:1 MIG-aaaa 1:0 !2" {
		t.Errorf("the whole is lost: %s", got)
	}
	tell(t, i, "docker", true, sdk.Device{Index: "0", UUID: one}, sdk.Device{Index: "0:1"})
	if got := shown(i, "docker"); got != "0:1 !MIG-aaaa !1:0 !2" {
		t.Errorf("parts are listed: %s", got)
	}
}

// After a restart the executor that told a GPU's names is away, and another one
// is asked for it first.
func TestNamesAreKnownAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gpus.json")
	for n := range 2 {
		i := open(t, path)
		i.Allow("docker", []string{"0"})
		i.Allow("containerd", []string{"nvidia.com/gpu=0"})
		if n == 0 {
			tell(t, i, "containerd", true, sdk.Device{Index: "0", UUID: one, CDI: "nvidia.com/gpu=0"})
		}
		hold(i, "containerd", one) // as its row says
		tell(t, i, "docker", true)
		if got := shown(i, "docker"); got != "-ONE" {
			t.Errorf("agent %d: docker has %s", n+1, got)
		}
	}
}

func TestDevices(t *testing.T) {
	i := fresh(t)
	i.Allow("docker", []string{"0"})
	i.Allow("cdi", []string{"vendor.com/gpu=0"})
	i.Allow("containerd", []string{one, "0:1"})
	tell(t, i, "docker", true)
	tell(t, i, "containerd", true, sdk.Device{Index: "0", UUID: one, CDI: "vendor.com/gpu=0"}, sdk.Device{Index: "0:1", CDI: "vendor.com/gpu=0:1"})
	for _, test := range []struct {
		executor string
		names    []string
		want     []sdk.Device
	}{
		{"containerd", []string{one, "0:1"}, []sdk.Device{{Index: "0", UUID: one, CDI: "vendor.com/gpu=0"}, {Index: "0:1", CDI: "vendor.com/gpu=0:1"}}},
		{"cdi", []string{one}, []sdk.Device{{Index: "0", UUID: one, CDI: "vendor.com/gpu=0"}}},
		// who knows which specs its engine reads
		{"docker", []string{one}, []sdk.Device{{Index: "0", UUID: one}}},
		{"unknown", []string{"GPU-9"}, []sdk.Device{{UUID: "GPU-9"}}},
		{"docker", nil, nil},
	} {
		if diff := cmp.Diff(test.want, i.Devices(test.executor, test.names)); diff != "" {
			t.Errorf("%s %v: %s", test.executor, test.names, diff)
		}
	}
	if got := shown(i, "nobody"); got != "" {
		t.Errorf("an executor without gpus may use %s", got)
	}
	i.Allow("twice", []string{"0", one, "vendor.com/gpu=0"})
	if got := shown(i, "twice"); got != "ONE" {
		t.Errorf("one GPU under three names is %s", got)
	}
}

func TestSlots(t *testing.T) {
	i := fresh(t)
	id := hold(i, "docker")
	hold(i, "docker", "0")
	hold(i, "docker", "0") // a row that is read again
	if all, slots := i.Tasks("docker"); all != 2 || slots != 1 {
		t.Errorf("%d tasks, %d with slots", all, slots)
	}
	i.End(id)
	i.End("attempt of docker[0]") // its container may still be there
	i.Allow("docker", []string{"0"})
	if all, slots := i.Tasks("docker"); all != 1 || slots != 0 || shown(i, "docker") != "-0" {
		t.Errorf("after the end: %d tasks, %d with slots, %s", all, slots, shown(i, "docker"))
	}
}

func TestAFileThatIsNoInventory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gpus.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := inventory.Open(path); err == nil || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("got %v", err)
	}
}
