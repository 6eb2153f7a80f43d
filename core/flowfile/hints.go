package flowfile

import "strings"

// inHCL turns what diagnostics show of a flow in YAML into HCL.
var inHCL = strings.NewReplacer(
	"add image: and the container image to run", `add image = "…" with the container image to run`,
	"add src: /input to the input_mounts of a model", `write input_mounts = { src = "/input" } in a model`,
	`such as idle: "60s"`, `such as idle = "60s"`,
	"such as Modality: CT", `such as Modality = "CT"`,
	"such as src: /input", `such as { src = "/input" }`,
	"write models: and at least one model with an image", `write model "NAME" { image = "…" }`,
	"a flow needs at least one model with an image", `write model "NAME" { image = "…" }`,
	"add a pattern, such as CT; ~ alone is nothing in YAML and needs quotes", `add a pattern, such as "CT"`,
	"begin each trigger with -", "write a block for each: trigger { … }",
	"begin each model with -", `write a block for each: model "NAME" { … }`,
	"begin each destination with -", "write a block for each: destination { … }",
	"write - {Path: /dev/sda, Rate: 1000}", `write [{ Path = "/dev/sda", Rate = 1000 }]`,
	"add Path: /dev/sda", `add Path = "/dev/sda"`,
	"write [127.0.0.1, 8080]", `write ["127.0.0.1", 8080]`,
	`such as "80/tcp": 8080`, `such as { "80/tcp" = 8080 }`,
)

// sayInHCL brings what is said about a file in HCL into its language.
func (d *decoder) sayInHCL() {
	for i := range d.Diagnostics {
		if d.hcl {
			d.Diagnostics[i].Summary, d.Diagnostics[i].Hint = inHCL.Replace(d.Diagnostics[i].Summary), inHCL.Replace(d.Diagnostics[i].Hint)
		}
	}
}
