package sdk

import (
	"errors"
	"fmt"
)

// Description is what Describe tells of a plugin. It is constant for a binary.
type Description struct {
	Name         string
	Version      string
	Doc          string
	Config       Schema // of the site's `config` block
	Options      Schema // of a model's `options`
	Capabilities Capabilities
}

// Capabilities says which optional interfaces an executor implements.
type Capabilities struct {
	Logs     bool
	Stats    bool
	Prefetch bool
	Images   bool
}

// Describe derives the description of a plugin from its declaration. An error
// means a mistake in the plugin's source.
func (p Plugin) Describe() (Description, error) {
	if err := CheckPluginName(p.Name); err != nil {
		return Description{}, err
	}
	if p.Executor == nil {
		return Description{}, errors.New("plugin " + p.Name + " has no Executor")
	}
	config, err := SchemaOf(p.Config)
	if err != nil {
		return Description{}, fmt.Errorf("plugin %s: Config: %w", p.Name, err)
	}
	options, err := SchemaOf(p.Options)
	if err != nil {
		return Description{}, fmt.Errorf("plugin %s: Options: %w", p.Name, err)
	}
	description := Description{Name: p.Name, Version: p.Version, Doc: p.Doc, Config: config, Options: options}
	_, description.Capabilities.Logs = p.Executor.(LogReader)
	_, description.Capabilities.Stats = p.Executor.(StatsReader)
	_, description.Capabilities.Prefetch = p.Executor.(Prefetcher)
	_, description.Capabilities.Images = p.Executor.(ImageFinder)
	return description, nil
}
