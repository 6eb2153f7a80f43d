package cli

import (
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// pluginConfig reads the words of a config block from a file and turns them
// into what the plugin reads. Without a file there are none. If ok is false,
// what is wrong has been shown.
func (b *base) pluginConfig(path string, schema sdk.Schema) (data []byte, ok bool) {
	var node *lang.Node
	var found lang.Diagnostics
	if path != "" {
		var err error
		if node, found, err = parseConfig(path); err != nil {
			b.complain(err)
			return nil, false
		}
	}
	if !found.HasErrors() {
		var more lang.Diagnostics
		data, more = lang.DecodeWithSchema(node, schema, nil)
		found = append(found, more...)
	}
	if err := found.Fprint(b.errs); err != nil {
		b.complain(err)
	}
	if path == "" && found.HasErrors() {
		b.usage("this plugin needs a configuration: give it with -config FILE")
	}
	return data, !found.HasErrors()
}

func parseConfig(path string) (*lang.Node, lang.Diagnostics, error) {
	text, err := lang.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	source := lang.NewSource(path, text)
	var node *lang.Node
	var found lang.Diagnostics
	switch filepath.Ext(path) {
	case ".yaml", ".yml", ".json": // JSON is YAML
		node, found = lang.ParseYAML(source)
	default:
		node, found = lang.ParseHCL(source)
	}
	return node, found, nil
}

// refused shows what the plugin says against the configuration, with the lines
// of its file.
func (c *checking) refused(complaints sdk.Diagnostics) int {
	node := &lang.Node{Kind: lang.Map}
	if c.config != "" {
		var err error
		if node, _, err = parseConfig(c.config); err != nil {
			c.complain(err)
			return exitUsage
		}
	}
	if err := plugin.ExplainConfig(node, complaints).Fprint(c.errs); err != nil {
		c.complain(err)
	}
	return exitUsage
}
