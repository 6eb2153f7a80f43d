package sdk

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
)

// byHand answers a person who started the plugin.
func byHand(p Plugin, args []string, stdout, stderr io.Writer) int {
	description, err := p.Describe()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	flags := flag.NewFlagSet("raddeploy-executor-"+p.Name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	version := flags.Bool("version", false, "print the version")
	describe := flags.Bool("describe", false, "print name, version, schemas and capabilities as JSON")
	flags.Usage = func() { writeHelp(stderr, description) }
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		return 2
	case *version:
		fmt.Fprintln(stdout, p.Name, p.Version)
		return 0
	case *describe:
		fmt.Fprintln(stdout, protojson.Format(descriptionToWire(description)))
		return 0
	}
	writeHelp(stderr, description)
	return 2
}

func writeHelp(w io.Writer, d Description) {
	fmt.Fprintf(w, "raddeploy-executor-%s %s: an executor plugin of RadDeploy. %s\n\n", d.Name, d.Version, d.Doc)
	fmt.Fprintf(w, "The RadDeploy agent starts this program; it does nothing on its own. Put it into the folder `plugins`\n")
	fmt.Fprintf(w, "beside the agent, or into the site's plugin_dir, and name it in the site's configuration:\n\n")
	fmt.Fprintf(w, "  executor %q {\n    config { … }\n  }\n", d.Name)
	writeWords(w, "\nWords of config:\n", d.Config.Fields)
	writeWords(w, "\nWords of a model's options:\n", d.Options.Fields)
	fmt.Fprintf(w, "\nFlags: -describe prints all this as JSON, -version the version.\n")
}

func writeWords(w io.Writer, title string, fields []Field) {
	if len(fields) == 0 {
		return
	}
	fmt.Fprint(w, title)
	for _, field := range fields {
		kind, enum := strings.SplitN(field.Type.String(), " such as", 2)[0], field.Enum
		if field.Element != nil {
			enum = field.Element.Enum
		}
		notes := []string{kind}
		if enum != nil {
			notes = append(notes, "one of "+strings.Join(enum, ", "))
		}
		if field.Required {
			notes = append(notes, "required")
		}
		if field.Default != "" {
			notes = append(notes, "default "+field.Default)
		}
		if field.Guarded {
			notes = append(notes, "only where the site allows it")
		}
		fmt.Fprintf(w, "  %-16s %s (%s)\n", field.Name, field.Doc, strings.Join(notes, "; "))
	}
}
