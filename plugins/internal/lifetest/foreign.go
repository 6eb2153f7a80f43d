package lifetest

import (
	"encoding/binary"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// anotherArchitecture has an image for another machine alone, of which the registry
// has none for this one, and one whose program is, which the kernel refuses.
func (b Backend) anotherArchitecture(t *testing.T) {
	t.Parallel()
	s := b.Site(t, "")
	run := func(image string) sitetest.Ended {
		t.Helper()
		t.Cleanup(func() { b.Untag(t, image) })
		task := s.Task("")
		task.Container.Image, task.Container.Command = image, []string{"/model"}
		got := s.Run(task)
		if got.Reason == sdk.Exited { // the agent reads it as an end without a start
			got.Message = s.Logs(task.Attempt, sdk.Stderr)
		}
		return got
	}
	for name, architecture := range map[string]string{"foreign": "arm64", "mislabelled": "amd64"} {
		image := sitetest.Image(t, name, func(c *v1.ConfigFile) { c.Architecture = architecture }, map[string][]byte{"model": arm64()})
		if got := run(image); got.Code == 0 || strings.TrimSpace(got.Message) != "exec /model: exec format error" {
			t.Errorf("%s: %+v", name, got.Exit)
		}
	}
	got := run(sitetest.Index(t, "foreign-index", "foreign", "arm64"))
	if got.Reason != sdk.ImageUnavailable || !strings.Contains(got.Message, "is for other machines: take one of the architecture of ") {
		t.Errorf("an index without this machine's: %+v", got.Exit)
	}
}

// arm64 is a program for 64-bit ARM, as far as the kernel looks at it: the header
// of an ELF file, with one segment.
func arm64() []byte {
	program := make([]byte, 64+56)
	copy(program, "\x7fELF\x02\x01\x01")
	for at, value := range map[int]uint16{16: 2 /* executable */, 18: 183 /* AArch64 */, 52: 64, 54: 56, 56: 1} {
		binary.LittleEndian.PutUint16(program[at:], value)
	}
	binary.LittleEndian.PutUint32(program[20:], 1)
	binary.LittleEndian.PutUint64(program[24:], 0x400078) // where it begins
	binary.LittleEndian.PutUint64(program[32:], 64)       // where the segment is described
	return program
}
