// Package mounting says which folders of the agent's host may be mounted, and
// where in a container, for executors whose containers run on that host. A
// mount and the agent's folders go in; the folder with its symlinks resolved,
// or a complaint, comes out. It mounts nothing.
package mounting

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// Check resolves the symlinks of the source of a task's i-th mount, and checks
// that what is behind them lies inside of the roots and that no earlier mount
// has its target. A scratch has no source.
func Check(mounts []sdk.Mount, i int, roots []string) (source string, complaint *sdk.Diagnostic) {
	source, complaint = resolve(mounts[i], roots)
	if complaint == nil {
		complaint = target(mounts[i], mounts[:i])
	}
	return source, complaint
}

func resolve(m sdk.Mount, roots []string) (string, *sdk.Diagnostic) {
	if m.Role == sdk.Scratch {
		return "", nil
	}
	refuse := func(detail, format string, args ...any) *sdk.Diagnostic {
		return &sdk.Diagnostic{Path: Path(m), Summary: fmt.Sprintf(format, args...), Detail: detail}
	}
	if m.Role < sdk.Input || m.Role > sdk.Scratch {
		return "", refuse("", "mount %q has no role that is known here", m.Name)
	}
	source, err := filepath.EvalSymlinks(m.Source)
	if err != nil || !filepath.IsAbs(m.Source) {
		return "", refuse("the folder must be there before the task starts", "the folder of %q cannot be mounted: %s is not there", m.Name, m.Source)
	}
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		return "", refuse("only folders can be mounted", "the folder of %q cannot be mounted: %s is no folder", m.Name, m.Source)
	}
	inside := func(root string) bool {
		return source == root || strings.HasPrefix(source, strings.TrimSuffix(root, "/")+"/")
	}
	if !slices.ContainsFunc(roots, inside) {
		return "", refuse("move the files there, without symlinks that lead elsewhere",
			"the folder of %q may not be mounted: %s is outside the agent's folders", m.Name, source)
	}
	return source, nil
}

// target checks where a mount goes, given the mounts before it.
func target(m sdk.Mount, before []sdk.Mount) *sdk.Diagnostic {
	problem := ""
	switch {
	case !filepath.IsAbs(m.Target) || filepath.Clean(m.Target) != strings.TrimSuffix(m.Target, "/") || strings.ContainsRune(m.Target, 0):
		problem = "is no absolute path of a container"
	case slices.ContainsFunc(before, func(o sdk.Mount) bool { return filepath.Clean(o.Target) == filepath.Clean(m.Target) }):
		problem = "is mounted twice"
	default:
		return nil
	}
	return &sdk.Diagnostic{Path: Path(m), Summary: fmt.Sprintf("%q in the container %s", m.Target, problem)}
}

// Path leads to the word of the flow that a mount comes from.
func Path(m sdk.Mount) []string {
	switch m.Role {
	case sdk.Input:
		return []string{"input_mounts", m.Name}
	case sdk.Output:
		return []string{"output_mounts", m.Name}
	case sdk.Static:
		return []string{"static_mounts", m.Name}
	}
	return []string{"mounts", m.Name}
}

// FitsOverlay tells whether a path can stand in the options of an overlay,
// which separate paths by ':' and ','. Three of them have to fit into one page
// of memory.
func FitsOverlay(path string) bool { return !strings.ContainsAny(path, ":,\\\"\n") && len(path) < 1200 }

// OpenFolder makes a folder that the container's user, whoever that is, can
// write to.
func OpenFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o777)
}

// OutsideError is a symlink in the source of a mount that leads out of it. What
// it leads to is not copied.
type OutsideError struct{ Link string }

// Error says what to do.
func (e *OutsideError) Error() string {
	return fmt.Sprintf("the symlink %s leads out of its folder and cannot be copied into a container: replace it by the file", e.Link)
}
