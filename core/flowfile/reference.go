package flowfile

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/internal/markdown"
	"github.com/raddeploy/raddeploy/core/lang"
)

// tables are the words of flow files: the ones that decoding reads them with.
type tables struct {
	flow, model, container, destination, complete, throttle []key
}

func wordTables() tables {
	d := &decoder{}
	var c flow.Container
	return tables{
		flow:        d.flowKeys(&flow.Flow{}, nil),
		model:       d.modelKeys(nil, &flow.Model{}, nil),
		container:   d.containerKeys(&c),
		destination: d.destinationKeys(&flow.Destination{}),
		complete:    d.completeKeys(&flow.Complete{}),
		throttle:    d.throttleKeys(&flow.Throttle{}, true),
	}
}

// Reference returns the part of docs/flows.md that lists the words of flow
// files, in Markdown.
func Reference() string {
	t := wordTables()
	var b strings.Builder
	section := func(title, text string, keys []key) {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", title, markdown.Wrap(text))
		for _, k := range keys {
			if k.doc != "" {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.name, markdown.Cell(k.words), markdown.Cell(k.otherwise), markdown.Cell(k.doc))
			}
		}
		b.WriteByte('\n')
	}
	section("A flow", "In HCL a flow is a block, `flow \"NAME\" { … }`, and so are its `trigger`s, `model`s and `destination`s.", t.flow)
	section("A model", "In HCL: `model \"NAME\" { … }`. The container's words below can stand directly on the model, or in `docker_kwargs`.", t.model)
	section("The container", "The words of docker-py's `containers.run` that every executor knows.", t.container)
	words := func(one way) string { return "`" + strings.Join(wordsBy(one), "`, `") + "`" }
	b.WriteString(markdown.Wrap("Any other word of `containers.run` is refused here. Those that lead out of the container may be used where the site allows them for an executor "+
		"(`allow = [\"privileged\"]`): "+words(allowed)+". Others stand in `options`, where each executor has its own words: "+words(option)+".") + "\n\n")
	section("A destination", "The name of a destination of the site (in YAML as a text, in HCL as `destination \"NAME\" {}`), or:", t.destination)
	section("complete", "", t.complete)
	b.WriteString("### Functions\n\n" + markdown.Wrap("In HCL only: `"+strings.Join(lang.Functions(), "`, `")+"`.") + "\n")
	return strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")
}
