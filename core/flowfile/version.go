package flowfile

import (
	"io/fs"
	"syscall"
	"time"
)

// version is what a file system says of a file. Each write gives it another one; no
// program sets the time of the last change of status.
type version struct {
	device, inode   uint64
	size            int64
	written, status syscall.Timespec
	settled         bool
}

// settling is how long after a change a file can change again and look the same: file
// systems count in ticks, some of two seconds.
const settling = 3 * time.Second

// versionOf returns the version of a file. Nil, and what is no regular file, have none.
func versionOf(info fs.FileInfo) version {
	if info == nil || !info.Mode().IsRegular() {
		return version{}
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return version{}
	}
	changed := time.Unix(stat.Ctim.Unix())
	return version{
		uint64(stat.Dev), stat.Ino, stat.Size, stat.Mtim, stat.Ctim,
		time.Since(changed) > settling && time.Since(info.ModTime()) > settling,
	}
}

// wholeEvery is in how many looks all files are read whatever their versions say: a
// file system of another host may tell them late.
const wholeEvery = 30

// known returns the text of a file that has not changed since it was read.
func (c *Catalog) known(path string, now version) ([]byte, bool) {
	e := c.files[path]
	if e == nil || !e.fine || !now.settled || e.seen != now || c.looks%wholeEvery == 0 {
		return nil, false
	}
	return e.text, true
}

// nothing knows no file.
func nothing(string, version) ([]byte, bool) { return nil, false }
