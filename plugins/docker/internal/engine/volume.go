package engine

import (
	"context"

	"github.com/docker/docker/api/types/volume"
)

// RemoveVolumes removes the volumes that bear all the labels.
func (e *Engine) RemoveVolumes(ctx context.Context, labels map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	found, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: labelled(labels)})
	if err != nil {
		return err
	}
	for _, v := range found.Volumes {
		if err := e.api.VolumeRemove(ctx, v.Name, false); err != nil && !IsNotFound(err) {
			return err
		}
	}
	return nil
}
