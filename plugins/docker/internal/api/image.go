package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
)

// Credentials open a registry. The zero value is nobody.
type Credentials struct {
	Username      string
	Password      string
	IdentityToken string
	Registry      string
}

// Layer is how far the fetching of one layer of an image is, in bytes. Total is
// 0 while unknown.
type Layer struct {
	ID    string
	Done  int64
	Total int64
}

// Pull fetches an image by its name, and tells of every message that the engine
// sends meanwhile: the first one comes when the registry has answered. Layers
// that are not being downloaded have an empty Layer.
func (e *Engine) Pull(ctx context.Context, ref string, as Credentials, each func(Layer)) error {
	options := image.PullOptions{}
	if as != (Credentials{}) {
		auth, err := registry.EncodeAuthConfig(registry.AuthConfig{
			Username: as.Username, Password: as.Password, IdentityToken: as.IdentityToken, ServerAddress: as.Registry,
		})
		if err != nil {
			return err
		}
		options.RegistryAuth = auth
	}
	body, err := e.api.ImagePull(ctx, ref, options)
	if err != nil {
		return err
	}
	defer body.Close()
	for messages := json.NewDecoder(body); ; {
		var message struct {
			ID       string `json:"id"`
			Status   string `json:"status"`
			Error    string `json:"error"`
			Progress struct {
				Current int64 `json:"current"`
				Total   int64 `json:"total"`
			} `json:"progressDetail"`
		}
		switch err := messages.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case message.Error != "":
			return errors.New(message.Error)
		case message.Status == "Downloading":
			each(Layer{ID: message.ID, Done: message.Progress.Current, Total: message.Progress.Total})
		case message.Status == "Download complete" || message.Status == "Pull complete":
			each(Layer{ID: message.ID, Done: -1})
		default:
			each(Layer{})
		}
	}
}

// ImageUser returns as whom an image runs; "" is root, or that it is not there.
func (e *Engine) ImageUser(ctx context.Context, ref string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	found, err := e.api.ImageInspect(ctx, ref)
	if IsNotFound(err) {
		return "", nil
	}
	if err != nil || found.Config == nil {
		return "", err
	}
	return found.Config.User, nil
}

// HasImage tells whether the engine has an image.
func (e *Engine) HasImage(ctx context.Context, ref string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	_, err := e.api.ImageInspect(ctx, ref)
	if IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
