package plugin

import (
	"context"
	"errors"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk"
)

// Inspect launches the plugin of a spec for as long as it takes to ask what it
// is. Without a Name it is whatever plugin is at Path.
func Inspect(ctx context.Context, spec Spec, logger hclog.Logger) (sdk.Description, error) {
	client, err := launch(ctx, spec, logger)
	if err != nil {
		return sdk.Description{}, err
	}
	return client.Description(), client.Close()
}

// Try launches the plugin of a spec and configures it, and returns why that does
// not work. Its backend is not asked. The spec's Site should be none that an
// agent uses.
func Try(ctx context.Context, spec Spec, logger hclog.Logger) error {
	client, err := launch(ctx, spec, logger)
	if err != nil {
		return err
	}
	return errors.Join(spec.configure(ctx, client), client.Close())
}

// Look launches the plugin of a spec and configures it, for as long as it takes
// to learn how its backend is. What was learnt before an error is returned with
// it. The spec's Site should be none that an agent uses.
func Look(ctx context.Context, spec Spec, logger hclog.Logger) (description sdk.Description, now sdk.Fingerprint, err error) {
	client, err := launch(ctx, spec, logger)
	if err != nil {
		return description, now, err
	}
	defer client.Close()
	description = client.Description()
	if err := spec.configure(ctx, client); err != nil {
		return description, now, err
	}
	told := errors.New("it has told")
	err = client.Fingerprint(ctx, func(first sdk.Fingerprint) error {
		now = first
		return told
	})
	if errors.Is(err, told) {
		err = nil
	}
	return description, now, err
}
