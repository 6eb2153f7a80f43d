package dcm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Path says which elements of a data set are meant: one at the top, or one
// inside sequences. It is made by ParsePath.
//
//	Modality                          a keyword
//	00080060, (0008,0060), 0008,0060  a tag number
//	0029,xx10,"SIEMENS CSA HEADER"    a private element: xx stands for the
//	                                  block that this creator has reserved
//	TransferSyntaxUID                 an element of the file meta information
//	BeamSequence.BeamName             a path: any item of the sequence may match
type Path struct {
	text    string
	steps   []step
	unknown string
}

// step is one element of a path. With a creator, tag's block (the high byte of
// its element) is zero and found by it.
type step struct {
	tag     Tag
	creator string
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// Known reports whether every keyword in the path is in the dictionary. A path
// that is not known is found in no data set.
func (p Path) Known() bool { return p.unknown == "" && len(p.steps) > 0 }

// Unknown returns the first keyword in the path that the dictionary lacks, or "".
func (p Path) Unknown() string { return p.unknown }

// Tag returns the element's tag if the path is one element whose number is
// certain, which a private creator's is not.
func (p Path) Tag() (Tag, bool) {
	if !p.Known() || len(p.steps) != 1 || p.steps[0].creator != "" {
		return 0, false
	}
	return p.steps[0].tag, true
}

// Beyond returns a tag at the top of a data set, at or behind which nothing
// stands that the path means: a [Scanner] may stop there.
func (p Path) Beyond() Tag {
	if !p.Known() {
		return 0
	}
	first := p.steps[0]
	if first.creator != "" {
		return MakeTag(first.tag.Group()+1, 0)
	}
	return first.tag + 1
}

// maxPathSteps is one more than the deepest nesting that the scanner follows.
const maxPathSteps = maxDepth + 1

// ParsePath reads a path. An unknown keyword is no error, since it may belong
// to a newer edition of the standard: see [Path.Unknown]. What is wrong in its
// form is an error.
func ParsePath(s string) (Path, error) {
	p := Path{text: s}
	rest := strings.TrimSpace(s)
	if rest == "" {
		return Path{}, errors.New("tag is empty: write a keyword such as Modality, or a number such as 00080060")
	}
	for {
		part, tail, more, err := cutStep(rest)
		if err != nil {
			return Path{}, fmt.Errorf("tag %q: %w", s, err)
		}
		st, known, err := parseStep(part)
		switch {
		case err != nil && strings.HasPrefix(err.Error(), "tag ") && part == strings.TrimSpace(s):
			// which says it already
			return Path{}, err
		case err != nil:
			return Path{}, fmt.Errorf("tag %q: %w", s, err)
		}
		if !known && p.unknown == "" {
			p.unknown = part
		}
		p.steps = append(p.steps, st)
		if !more {
			return p, nil
		}
		if len(p.steps) == maxPathSteps {
			return Path{}, fmt.Errorf("tag %q goes through more than %d sequences", s, maxDepth)
		}
		rest = tail
	}
}

// cutStep splits off what stands before the first dot outside quotes.
func cutStep(s string) (part, rest string, more bool, err error) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '.' && !quoted:
			return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:]), true, nil
		}
	}
	if quoted {
		return "", "", false, errors.New("the private creator's closing quote is missing")
	}
	return strings.TrimSpace(s), "", false, nil
}

// parseStep reads one element of a path. It reports false for a keyword that
// the dictionary lacks.
func parseStep(s string) (step, bool, error) {
	switch {
	case s == "":
		return step{}, false, errors.New("nothing stands between two dots, or after the last one")
	case strings.Contains(s, `"`):
		st, err := parsePrivate(s)
		return st, true, err
	case isKeyword(s):
		if t, ok := TagByKeyword(s); ok {
			return step{tag: t}, true, nil
		}
		if len(s) != 8 || !isHex(s) {
			return step{}, false, nil
		}
	case len(s) == 9 && strings.EqualFold(s[5:7], "xx"):
		return step{}, false, fmt.Errorf(`block xx needs its private creator: write %s,"CREATOR"`, s)
	}
	t, err := ParseTag(s)
	return step{tag: t}, true, err
}

// parsePrivate reads 0029,xx10,"CREATOR", with or without parentheses around
// all of it.
func parsePrivate(s string) (step, error) {
	const form = `write a private element like 0029,xx10,"SIEMENS CSA HEADER"`
	if inner, ok := strings.CutPrefix(s, "("); ok {
		s = strings.TrimSuffix(inner, ")")
	}
	number, creator, _ := strings.Cut(s, `"`)
	creator, after, _ := strings.Cut(creator, `"`)
	parts := strings.Split(number, ",")
	if len(parts) != 3 || strings.TrimSpace(parts[2]) != "" || strings.TrimSpace(after) != "" {
		return step{}, errors.New(form)
	}
	group, err := strconv.ParseUint(strings.TrimSpace(parts[0]), 16, 16)
	if err != nil {
		return step{}, fmt.Errorf("group %q is not four hexadecimal digits: %s", parts[0], form)
	}
	element := strings.ToLower(strings.TrimSpace(parts[1]))
	low, err := strconv.ParseUint(strings.TrimPrefix(element, "xx"), 16, 8)
	if err != nil || len(element) != 4 || !strings.HasPrefix(element, "xx") {
		return step{}, fmt.Errorf("element %q is not xx and two hexadecimal digits: %s", parts[1], form)
	}
	t := MakeTag(uint16(group), uint16(low))
	creator = strings.TrimSpace(creator)
	if !t.Private() {
		return step{}, fmt.Errorf("group %04X is even, so it has no private elements", group)
	}
	if creator == "" {
		return step{}, fmt.Errorf("the private creator is empty: %s", form)
	}
	return step{tag: t, creator: creator}, nil
}

// isKeyword reports whether s is made of letters and digits only, as keywords are.
func isKeyword(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != ""
}

func isHex(s string) bool {
	_, err := strconv.ParseUint(s, 16, 32)
	return err == nil
}
