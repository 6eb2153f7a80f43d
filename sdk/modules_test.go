package sdk_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestAThirdPartysModuleStaysSmall counts what a plugin's author takes in with
// the sdk: go-plugin and gRPC bring the rest. A new line here is a burden for
// everybody who writes a plugin.
func TestAThirdPartysModuleStaysSmall(t *testing.T) {
	allowed := []string{
		"github.com/fatih/color",
		"github.com/golang/protobuf",
		"github.com/hashicorp/go-hclog",
		"github.com/hashicorp/go-plugin",
		"github.com/hashicorp/yamux",
		"github.com/mattn/go-colorable",
		"github.com/mattn/go-isatty",
		"github.com/oklog/run",
		"github.com/raddeploy/raddeploy",
		"golang.org/x/net",
		"golang.org/x/sys",
		"golang.org/x/text",
		"google.golang.org/genproto/googleapis/rpc",
		"google.golang.org/grpc",
		"google.golang.org/protobuf",
	}
	const root = "github.com/raddeploy/raddeploy/"
	output, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}} {{.ImportPath}}", root+"sdk/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(output)) {
		module, path, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if module != "" && !slices.Contains(allowed, module) {
			t.Errorf("%s brings the module %s", path, module)
		}
		if strings.HasPrefix(path, root) && !strings.HasPrefix(path, root+"sdk") {
			t.Errorf("the sdk imports %s", path)
		}
	}
}
