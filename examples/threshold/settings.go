package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

// settings are what a flow may set under `config:`. The runtime writes them to
// /config/config.yaml.
type settings struct {
	Threshold int `yaml:"threshold"` // lowest attenuation that counts as bone, in Hounsfield units
}

// readSettings reads the file, if there is one, over the defaults. A key it
// does not know is an error: better no mask than one by another threshold than
// was meant.
func readSettings(path string) (settings, error) {
	s := settings{Threshold: 300}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	if err := decoder.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("settings in %s: %w", path, err)
	}
	return s, nil
}
