// Command gendictionary writes the data dictionary of package dcm, one line an
// element, from the dictionary of the pinned module
// github.com/suyashkumar/dicom. It is run by go generate when that pin changes.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"
)

const source = "github.com/suyashkumar/dicom/pkg/tag"

func main() {
	out := flag.String("out", "dictionary.tsv", "file to write")
	flag.Parse()
	if err := generate(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gendictionary:", err)
		os.Exit(1)
	}
}

// generate finds the tags in the module's source, since the module does not
// list them, and asks the module about each.
func generate(out string) error {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", source).Output()
	if err != nil {
		return fmt.Errorf("locate %s: %w", source, err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "tag_definitions.go"))
	if err != nil {
		return fmt.Errorf("read the definitions: %w", err)
	}
	declaration := regexp.MustCompile(`(?m)^var \w+ = Tag\{0x([0-9a-fA-F]{4}), 0x([0-9a-fA-F]{4})\}`)
	var lines []string
	for _, m := range declaration.FindAllSubmatch(text, -1) {
		group, _ := strconv.ParseUint(string(m[1]), 16, 16)
		element, _ := strconv.ParseUint(string(m[2]), 16, 16)
		info, err := tag.Find(tag.Tag{Group: uint16(group), Element: uint16(element)})
		if err != nil || info.Keyword == "" || group == tag.GroupSeqItem {
			continue
		}
		lines = append(lines, fmt.Sprintf("%04x%04x\t%s\t%s\n", group, element, strings.Join(info.VRs, "|"), info.Keyword))
	}
	slices.Sort(lines)
	var b bytes.Buffer
	b.WriteString(`# The data dictionary of DICOM (PS3.6): tag, value representations, keyword. Written by gendictionary from the dictionary of
# github.com/suyashkumar/dicom (MIT), which derives from the Innolitics DICOM Standard (MIT, copyright (c) 2017 Innolitics, LLC).
`)
	for _, line := range slices.Compact(lines) {
		b.WriteString(line)
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}
