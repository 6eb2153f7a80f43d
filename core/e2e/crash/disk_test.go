package crash_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// disk is a file system of its own whose power can be cut: what was not synced
// is gone then, as after a real cut.
type disk struct {
	t     *testing.T
	image string
	dir   string
}

// The file system writes nothing by itself in a test's time, and gives a file
// that is renamed over another one no blocks ahead of time: all that is on the
// disk is there because a program asked for it.
const strict = "loop,commit=300,noauto_da_alloc"

// newDisk mounts an empty disk at a folder until the test ends. Without the
// right to, the test is skipped, or fails under CI.
func newDisk(t *testing.T, dir string) *disk {
	t.Helper()
	d := &disk{t, filepath.Join(t.TempDir(), "disk"), dir}
	file, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(256 << 20); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if output, err := testenv.Command(t, "mkfs.ext4", "-q", d.image); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, output)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if output, err := d.mount(); err != nil {
		testenv.Missing(t, "cannot mount a file as a disk: run the test as root, with loop devices: "+output)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "umount", "--lazy", dir) })
	if err := os.Remove(filepath.Join(dir, "lost+found")); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *disk) mount() (string, error) {
	output, err := exec.Command("mount", "-o", strict, d.image, d.dir).CombinedOutput()
	return string(output), err
}

// Of linux/fs.h (EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN) and of its flags: the
// journal in memory is not written either.
const (
	ioctlShutdown = 0x8004587d
	withoutLog    = 2
)

// cut cuts the power: from now on nothing reaches the disk, and every program
// that works on it gets errors.
func (d *disk) cut() {
	folder, err := os.Open(d.dir)
	if err != nil {
		d.t.Errorf("cut: %v", err)
		return
	}
	defer folder.Close()
	flags := uint32(withoutLog)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, folder.Fd(), ioctlShutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		d.t.Errorf("cut: %v", errno)
	}
}

// restore brings the disk back as it was left, when no program writes to it. It
// is a copy: whoever has copied the mounts of this machine while the disk was
// mounted, as containers do, keeps the one whose power was cut.
func (d *disk) restore() {
	d.t.Helper()
	copied := d.image + "'"
	for _, command := range [][]string{{"cp", "--sparse=always", d.image, copied}, {"umount", "--lazy", d.dir}, {"rm", d.image}} {
		if output, err := testenv.Command(d.t, command[0], command[1:]...); err != nil {
			d.t.Fatalf("%v: %v: %s", command, err, output)
		}
	}
	d.image = copied
	if output, err := d.mount(); err != nil {
		d.t.Fatalf("mount it again: %v: %s", err, output)
	}
}
