package config

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// Each of these makes a setting of one kind of value.

func (d *decoder) text(name string, to *string, check ...func(string) error) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		s, ok := d.Text(n, what)
		for _, f := range check {
			if err := f(s); ok && err != nil {
				d.Errorf(n.Range, "", "%s: %v", what, err)
				return
			}
		}
		if ok {
			*to = s
		}
	}}
}

func (d *decoder) path(name string, to *string) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		if s, ok := d.Text(n, what); ok {
			*to = resolve(n, s)
		}
	}}
}

func (d *decoder) paths(name string, to *[]string) setting {
	s := d.texts(name, to)
	read := s.read
	s.read = func(n *lang.Node, what string) {
		read(n, what)
		for i := range *to {
			(*to)[i] = resolve(n, (*to)[i])
		}
	}
	return s
}

// resolve makes a path relative to the working directory that is written
// relative to its file's folder. In the environment paths are relative to the
// working directory already.
func resolve(n *lang.Node, path string) string {
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(n.Range.Source.Name, environment) {
		return path
	}
	return filepath.Join(filepath.Dir(n.Range.Source.Name), path)
}

func (d *decoder) number(name string, low, high int64, to *int) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		if i, ok := d.Int(n, what, low, high); ok {
			*to = int(i)
		}
	}}
}

func (d *decoder) duration(name string, to *time.Duration) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		if t, ok := d.Duration(n, what); ok {
			*to = t
		}
	}}
}

func (d *decoder) size(name string, to *uint64) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		if i, ok := d.Size(n, what); ok {
			*to = uint64(i)
		}
	}}
}

func (d *decoder) truth(name string, to *bool) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		if b, ok := d.Bool(n, what); ok {
			*to = b
		}
	}}
}

func (d *decoder) texts(name string, to *[]string) setting {
	return setting{name: name, list: true, read: func(n *lang.Node, what string) {
		if list, ok := d.Texts(n, what); ok {
			*to = list
		}
	}}
}

func (d *decoder) aeTitle(name string, to *dcm.AETitle) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		s, ok := d.Text(n, what)
		if !ok {
			return
		}
		title, err := dcm.ParseAETitle(s)
		if err != nil {
			d.Errorf(n.Range, "", "%v", err)
			return
		}
		*to = title
	}}
}

func (d *decoder) aeTitles(name string, to *[]dcm.AETitle) setting {
	return setting{name: name, list: true, read: func(n *lang.Node, what string) {
		texts, ok := d.Texts(n, what)
		if !ok {
			return
		}
		*to = nil
		for _, text := range texts {
			title, err := dcm.ParseAETitle(text)
			if err != nil {
				d.Errorf(n.Range, "", "%v", err)
				return
			}
			*to = append(*to, title)
		}
	}}
}

func (d *decoder) prefixes(name string, to *[]netip.Prefix) setting {
	return setting{name: name, list: true, read: func(n *lang.Node, what string) {
		items := n.Items
		if n.Kind == lang.Scalar {
			items = []*lang.Node{n}
		}
		if n.Kind == lang.Map {
			d.WrongType(n, what, "a list of addresses")
			return
		}
		*to = nil
		for _, item := range items {
			s, ok := d.Text(item, "each entry of "+what)
			if !ok {
				continue
			}
			p, err := parsePrefix(s)
			if err != nil {
				d.Errorf(item.Range, `write an address such as "10.1.2.3" or a range such as "10.1.0.0/16"`, "%v", err)
				continue
			}
			*to = append(*to, p)
		}
	}}
}

// oneOf reads a word of a few.
func (d *decoder) oneOf(name string, to *string, words ...string) setting {
	return setting{name: name, read: func(n *lang.Node, what string) {
		s, ok := d.Text(n, what)
		switch {
		case !ok:
		case slices.Contains(words, s):
			*to = s
		default:
			d.Errorf(n.Range, suggest.Hint(s, words, ""), "%s has to be one of %s, and %q is not", what, strings.Join(words, ", "), s)
		}
	}}
}
