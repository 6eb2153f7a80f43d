package cli

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/markdown"
	"github.com/raddeploy/raddeploy/sdk"
)

// schemaPage shows a plugin's description with its schemas, for people.
type schemaPage struct{ sdk.Description }

// schemaRow is one word of a schema. Words inside of objects have dots, as in a
// site's allow.
type schemaRow struct {
	word, kind, def, doc string
	enum                 []string
	required, guarded    bool
}

func (p schemaPage) rows(fields []sdk.Field, prefix string) (rows []schemaRow) {
	for _, f := range fields {
		row := schemaRow{word: prefix + f.Name, kind: kindOf(f), def: f.Default, doc: f.Doc, enum: f.Enum, required: f.Required, guarded: f.Guarded}
		inner := f.Fields
		if f.Element != nil {
			row.enum = f.Element.Enum
			inner = f.Element.Fields
		}
		rows = append(rows, row)
		rows = append(rows, p.rows(inner, row.word+".")...)
	}
	return rows
}

// standard says what counts when the word is not given.
func (r schemaRow) standard() string {
	if r.required {
		return "required"
	}
	return r.def
}

// values names the values that are allowed, or nothing.
func (r schemaRow) values() []string {
	if r.enum == nil {
		return nil
	}
	return []string{"one of " + strings.Join(r.enum, ", ")}
}

// markdown is the reference of the plugin. It holds no version, so that it
// changes only with what it says.
func (p schemaPage) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The executor %s\n\n", p.Name)
	fmt.Fprintf(&b, "<!-- Made by `raddeploy plugin inspect -markdown %s`. Change the plugin, not this page. -->\n\n", p.Name)
	about := fmt.Sprintf("%s Besides running tasks it can do this: %s.", p.Doc, list(api.CapabilityNames(p.Capabilities)))
	b.WriteString(markdown.Wrap(about) + "\n")
	p.table(&b, "config", fmt.Sprintf("Words of the block `executor \"%s\" { config { … } }` of a site's configuration.", p.Name), p.Config.Fields)
	p.table(&b, "options", "Words of a model's `options` in a flow. A guarded one may be used only where the site's executor block has it in `allow`.",
		p.Options.Fields)
	return b.String()
}

func (p schemaPage) table(b *strings.Builder, title, about string, fields []sdk.Field) {
	rows := p.rows(fields, "")
	if len(rows) == 0 {
		fmt.Fprintf(b, "\n## %s\n\nThere are none.\n", title)
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| word | type | default | meaning |\n|---|---|---|---|\n", title, markdown.Wrap(about))
	for _, r := range rows {
		def, meaning := r.standard(), markdown.Cell(r.doc)
		if def != "" && !r.required {
			def = "`" + markdown.Cell(def) + "`"
		}
		if r.guarded {
			meaning = strings.TrimSpace(meaning + " *Guarded.*")
		}
		kind := r.kind
		if r.enum != nil {
			kind += ": `" + strings.Join(r.enum, "`, `") + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", r.word, kind, def, meaning)
	}
}

// kindOf names a word's type in few words, such as "list of string".
func kindOf(f sdk.Field) string {
	if f.Element != nil {
		return typeWord(f.Type) + " of " + kindOf(*f.Element)
	}
	return typeWord(f.Type)
}

func typeWord(t sdk.Type) string {
	words := map[sdk.Type]string{
		sdk.TypeString: "string", sdk.TypeInt: "int", sdk.TypeFloat: "float", sdk.TypeBool: "bool", sdk.TypeDuration: "duration",
		sdk.TypeSize: "size", sdk.TypeList: "list", sdk.TypeMap: "map", sdk.TypeObject: "object",
	}
	if word, ok := words[t]; ok {
		return word
	}
	return "any"
}

// fieldJSON is a word of a schema for programs.
type fieldJSON struct {
	Name     string      `json:"name,omitempty"`
	Type     string      `json:"type"`
	Element  *fieldJSON  `json:"element,omitempty"`
	Fields   []fieldJSON `json:"fields,omitempty"`
	Required bool        `json:"required"`
	Guarded  bool        `json:"guarded"`
	Default  string      `json:"default,omitempty"`
	Enum     []string    `json:"enum,omitempty"`
	Doc      string      `json:"doc,omitempty"`
}

func fieldsJSON(fields []sdk.Field) []fieldJSON {
	shown := []fieldJSON{}
	for _, f := range fields {
		shown = append(shown, fieldAsJSON(f))
	}
	return shown
}

func fieldAsJSON(f sdk.Field) fieldJSON {
	shown := fieldJSON{Name: f.Name, Type: typeWord(f.Type), Required: f.Required, Guarded: f.Guarded, Default: f.Default, Enum: f.Enum, Doc: f.Doc}
	if f.Fields != nil {
		shown.Fields = fieldsJSON(f.Fields)
	}
	if f.Element != nil {
		element := fieldAsJSON(*f.Element)
		shown.Element = &element
	}
	return shown
}
