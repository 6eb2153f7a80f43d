package flowfile

import (
	"strconv"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// senderPort is where an early version's return_to_sender sends to: DICOM's
// well-known port (PS3.8 §9.1.1).
const senderPort = 104

// oldFlowWord reads a word of an early version of the Python RadDeploy, and
// warns of it with today's spelling. It reports whether p was one.
func (d *decoder) oldFlowWord(n *lang.Node, p lang.Pair, f *flow.Flow) bool {
	switch p.Key {
	case "model":
		list := &lang.Node{Kind: lang.List, Items: []*lang.Node{p.Value}, Range: p.Value.Range}
		if d.renamed(n, p, "models", list, d.spelling("models:, and below it the model, begun with -", `model "NAME" { … }`)) {
			f.Models = d.models(list)
		}
	case "optional_kwargs":
		if d.renamed(n, p, "extra", p.Value, d.spelling("extra:", "extra =")) {
			f.Extra, _ = d.AnyMap(p.Value, "extra")
		}
	case "return_to_sender":
		d.returnToSender(n, p, f)
	default:
		return false
	}
	return true
}

// returnToSender reads what was first a boolean and then ports.
func (d *decoder) returnToSender(n *lang.Node, p lang.Pair, f *flow.Flow) {
	const modern = "return_to_sender_on_ports"
	port := strconv.Itoa(senderPort)
	value := *p.Value
	if v := p.Value; v.Kind == lang.Scalar {
		quiet := lang.Diagnostics{}
		if yes, ok := quiet.Bool(v, ""); ok && !yes {
			d.Warnf(p.At, "remove it: nothing is sent to the sender unless "+modern+" says so", "return_to_sender is how an early version spelled it")
			return
		} else if ok {
			value.Text = port
		}
	}
	if value.Kind == lang.Scalar {
		port = value.Text
	}
	if d.renamed(n, p, modern, &value, d.spelling(modern+": ["+port+"]", modern+" = ["+port+"]")) {
		f.ReturnToSenderOnPorts = d.ports(&value, modern)
	}
}

// oldModelWord is oldFlowWord for the words of a model.
func (d *decoder) oldModelWord(n *lang.Node, p lang.Pair, m *flow.Model) bool {
	switch p.Key {
	case "static_mount":
		value := `"name:/path"`
		if p.Value.Kind == lang.Scalar {
			value = strconv.Quote(p.Value.Text)
		}
		if d.renamed(n, p, "static_mounts", p.Value, d.spelling("static_mounts: "+value, "static_mounts = "+value)) {
			m.Statics = d.statics(p.Value)
		}
	case "extra":
		if d.renamed(n, p, "config", p.Value, d.spelling("config:", "config =")) {
			m.Config, _ = d.TypedMap(p.Value, "config")
		}
	case "input_dir":
		d.oldFolder(n, p, "input_mounts", flow.Src, &m.Inputs)
	case "output_dir":
		d.oldFolder(n, p, "output_mounts", flow.Dst, &m.Outputs)
	default:
		return false
	}
	return true
}

// oldFolder reads the one folder that models once read or wrote.
func (d *decoder) oldFolder(n *lang.Node, p lang.Pair, modern, name string, to *[]flow.Mount) {
	mount := &lang.Node{Kind: lang.Map, Range: p.Value.Range, Pairs: []lang.Pair{{Key: name, At: p.At, Value: p.Value}}}
	where := "/" + modern[:len(modern)-len("_mounts")]
	if p.Value.Kind == lang.Scalar {
		where = p.Value.Text
	}
	if d.renamed(n, p, modern, mount, d.spelling(modern+": {"+name+": "+where+"}", modern+" = { "+name+" = "+strconv.Quote(where)+" }")) {
		*to = d.mounts(mount, modern, *to)
	}
}

// renamed warns of an old word, and lets later complaints find its value under
// the new one. It reports whether the value counts.
func (d *decoder) renamed(n *lang.Node, p lang.Pair, modern string, value *lang.Node, spelling string) bool {
	if n.Pair(modern) != nil {
		d.Errorf(p.At, "remove "+p.Key, "%s and %s mean the same", p.Key, modern)
		return false
	}
	if value.Broken || p.Value.Kind == lang.Null {
		return false
	}
	d.Warnf(p.At, "write "+spelling, "%s is how an early version spelled it", p.Key)
	n.Pairs = append(n.Pairs, lang.Pair{Key: modern, At: p.At, Value: value})
	return true
}

// spelling returns the one of two spellings that the file's language has.
func (d *decoder) spelling(yaml, hcl string) string {
	if d.hcl {
		return hcl
	}
	return yaml
}
