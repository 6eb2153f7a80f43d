package slurm

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// HasImage tells whether an image that is a file or folder is there, as far as this
// host sees the folders of the nodes. What other images the nodes have is not asked.
func (e *Executor) HasImage(_ context.Context, image string) (bool, error) {
	if e.work == nil {
		return false, errUnconfigured
	}
	if !strings.HasPrefix(image, "/") {
		return false, sdk.Errorf(sdk.Unimplemented, "image %s: only images that are files or folders can be looked for", image)
	}
	if complaint := e.config.image(image); complaint != nil {
		return false, sdk.Errorf(sdk.InvalidArgument, "%s", complaint.Summary)
	}
	here := e.config.onHost(image)
	if here == "" {
		return false, sdk.Errorf(sdk.Unimplemented, "image %s: this host does not see the nodes' folder, which is outside of path_map", image)
	}
	_, err := os.Stat(here)
	if !errors.Is(err, fs.ErrNotExist) {
		return err == nil, asError(err, "look for image "+image)
	}
	// Where not even its folder is, the nodes have another file system than this host.
	if _, err := os.Stat(filepath.Dir(here)); err != nil {
		return false, sdk.Errorf(sdk.Unavailable, "image %s: this host does not see its folder", image)
	}
	return false, nil
}
