package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/sdk"
)

// flat is the fetching of the launchers that run a plain folder.
type flat struct{ registry }

// Fetch lays the image into the cache, once for all who ask.
func (l *flat) Fetch(ctx context.Context, c *Container, progress func(sdk.Progress)) (Fetched, string, error) {
	if c.local() {
		return Fetched{Root: c.Image}, "", nil
	}
	known, warning, err := l.resolve(ctx, c)
	if err != nil {
		return Fetched{}, "", err
	}
	folder := strings.ReplaceAll(known.Digest, ":", "-")
	if err := l.lay(ctx, known, filepath.Join(l.cache, folder), progress); err != nil {
		return Fetched{}, "", fmt.Errorf("lay image %s into %s: %w", known.Reference, l.cache, err)
	}
	root, err := os.OpenRoot(filepath.Join(l.cache, folder, "rootfs"))
	if err != nil {
		return Fetched{}, "", err
	}
	defer func() { _ = root.Close() }()
	for _, m := range c.Mounts {
		// for nodes without overlays, whose image is read-only
		_ = root.MkdirAll(strings.TrimPrefix(m.Target, "/"), 0o755)
	}
	return Fetched{
		Root: filepath.Join(l.nodeCache, folder, "rootfs"), Digest: known.Digest, Config: known.Config,
		passwd: readUsers(root, "etc/passwd"), group: readUsers(root, "etc/group"),
	}, warning, nil
}

// lay makes the image's folder, unless it is there.
func (l *flat) lay(ctx context.Context, known resolved, folder string, progress func(sdk.Progress)) error {
	unlock, err := lock(ctx, folder+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	defer l.markDigest(known.Digest) // while it is locked, so that it is not pruned
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	image, err := l.image(ctx, known.Reference+"@"+known.Digest)
	if err != nil {
		return err
	}
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	total := int64(0)
	for _, layer := range layers {
		if size, err := layer.Size(); err == nil {
			total += size
		}
	}
	temporary := folder + ".tmp" // the lock is ours: whatever is there was left behind by a crash
	if err := removeAll(temporary); err != nil {
		return err
	}
	defer func() { _ = removeAll(temporary) }()
	progress(sdk.Progress{What: known.Reference, Total: total})
	counted, done := counting(image, func(n int64) { progress(sdk.Progress{What: known.Reference, Done: min(n, total), Total: total}) })
	if layers, err = counted.Layers(); err == nil {
		err = unpack(layers, filepath.Join(temporary, "rootfs"))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := furnish(filepath.Join(temporary, "rootfs")); err != nil {
		return err
	}
	done()
	if err := syncAll(temporary); err != nil {
		return err
	}
	return os.Rename(temporary, folder)
}

// syncAll has the file system of a folder write all that was written: an image
// is there for good once it bears its name.
func syncAll(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}

// furnish adds to an image's root what launchers mount onto, as container
// engines do: images that are made from nothing have none of it.
func furnish(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for _, name := range []string{"dev", "proc", "sys", "tmp", "etc"} {
		if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for _, name := range []string{"etc/passwd", "etc/group", "etc/hosts", "etc/resolv.conf"} {
		if f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644); err == nil {
			_ = f.Close()
		}
		// it is there, or its folder is a link of the image's own: the
		// launcher says so if that matters
	}
	return nil
}

// lock takes a lock that other processes heed too, on other hosts as far as the
// file system says so.
func lock(ctx context.Context, name string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// removeAll removes a folder, folders without write permission in it too.
func removeAll(folder string) error {
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(folder)
}

// remember notes what a reference meant when its registry last answered. It is
// a hint: what cannot be noted is asked for again.
func remember(file string, known resolved) {
	text, err := json.Marshal(known)
	if err != nil || os.MkdirAll(filepath.Dir(file), 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".note-")
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if errors.Join(err, f.Close()) != nil || os.Rename(f.Name(), file) != nil {
		_ = os.Remove(f.Name())
	}
}
