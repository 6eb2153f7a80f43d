package cli

import (
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk"
)

// pluginConfig reads the words of a config block from a file and turns them into what the plugin reads. Without a file there are none. If ok is
// false, what is wrong has been shown.
func (b *base) pluginConfig(path string, schema sdk.Schema) (data []byte, ok bool) {
	var node *lang.Node
	var found lang.Diagnostics
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			b.complain(err)
			return nil, false
		}
		source := lang.NewSource(path, text)
		switch filepath.Ext(path) {
		case ".yaml", ".yml", ".json": // JSON is YAML
			node, found = lang.ParseYAML(source)
		default:
			node, found = lang.ParseHCL(source)
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
