package e2e_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// A flow whose image is for another machine fails at the first try on either
// runtime, and says so before what the runtime said.
func TestImageForAnotherMachine(t *testing.T) {
	t.Parallel()
	blocks := map[string]string{"docker": testenv.Docker(t, 1), "containerd": testenv.Containerd(t, "cpus = 1")}
	image := foreign(t)
	for name, block := range blocks {
		site := programs.NewSite(t, block)
		site.Flow("foreign", fmt.Sprintf("triggers: [{Modality: CT}]\nmodels: [{image: %q, pull_before_exec: true, network_disabled: true}]\n", image))
		site.Start()
		site.Send(testenv.Write(t, testenv.Object{})...)
		r := site.Ended("foreign", run.Failed)
		words, said := strings.Index(r.Reason, "the program of the image is for another machine"), strings.Index(r.Reason, "exec /model")
		if words < 0 || said < words || len(r.Tasks[0].Attempts) != 1 {
			t.Errorf("%s: %d attempts, and the reason %q", name, len(r.Tasks[0].Attempts), r.Reason)
		}
		site.Stop()
	}
}

// foreign puts an image into the registry whose manifest and program are for 64-bit
// ARM, and returns its name. The program is an ELF file's headers, which is as far
// as a kernel looks at it.
func foreign(t *testing.T) string {
	t.Helper()
	program := make([]byte, 64+56)
	copy(program, "\x7fELF\x02\x01\x01")
	for at, value := range map[int]uint16{16: 2 /* executable */, 18: 183 /* AArch64 */, 20: 1, 32: 64, 52: 64, 54: 56, 56: 1} {
		binary.LittleEndian.PutUint16(program[at:], value)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"model": program, "Dockerfile": []byte("FROM scratch\nCOPY model /model\nCMD [\"/model\"]\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const image = "127.0.0.1:5000/raddeploy-test/another-machine:latest"
	for _, args := range [][]string{{"env", "DOCKER_BUILDKIT=0", "docker", "build", "--platform=linux/arm64", "--tag=" + image, dir}, {"docker", "push", image}} {
		if output, err := testenv.Command(t, args[0], args[1:]...); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, output)
		}
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "image", "rm", image) })
	return image
}
