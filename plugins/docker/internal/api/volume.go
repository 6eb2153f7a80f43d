package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/volume"
)

// Volumes returns the labels of the volumes that bear all the given ones.
func (e *Engine) Volumes(ctx context.Context, labels map[string]string) ([]map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	found, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: labelled(labels)})
	if err != nil {
		return nil, err
	}
	var out []map[string]string
	for _, v := range found.Volumes {
		out = append(out, v.Labels)
	}
	return out, nil
}

// RemoveVolumes removes the volumes that bear all the labels: as many of them
// as can be removed now.
func (e *Engine) RemoveVolumes(ctx context.Context, labels map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	found, err := e.api.VolumeList(ctx, volume.ListOptions{Filters: labelled(labels)})
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range found.Volumes {
		if err := e.api.VolumeRemove(ctx, v.Name, false); err != nil && !IsNotFound(err) {
			errs = append(errs, fmt.Errorf("volume %.12s: %w", v.Name, err))
		}
	}
	return errors.Join(errs...)
}
