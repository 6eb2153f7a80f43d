// Command gendictionary writes the data dictionary of package dcm, one line an
// element, and the names of UIDs, one line each, from those of the pinned module
// github.com/suyashkumar/dicom. It is run by go generate when that pin changes.
package main

import (
	"bytes"
	"errors"
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
	"github.com/suyashkumar/dicom/pkg/uid"
)

const module = "github.com/suyashkumar/dicom/pkg/"

func main() {
	out := flag.String("out", "dictionary.tsv", "file to write the elements to")
	uids := flag.String("uids", "uids.tsv", "file to write the UIDs to")
	flag.Parse()
	if err := errors.Join(elements(*out), names(*uids)); err != nil {
		fmt.Fprintln(os.Stderr, "gendictionary:", err)
		os.Exit(1)
	}
}

// definitions returns the source of a package's definitions, since the module
// does not list them.
func definitions(name string) ([]byte, error) {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", module+name).Output()
	if err != nil {
		return nil, fmt.Errorf("locate %s: %w", module+name, err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), name+"_definitions.go"))
}

// elements finds the tags in the module's source and asks the module about each.
func elements(out string) error {
	text, err := definitions("tag")
	if err != nil {
		return err
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
	return write(out, `# The data dictionary of DICOM (PS3.6): tag, value representations, keyword. Written by gendictionary from the dictionary of
# github.com/suyashkumar/dicom (MIT), which derives from the Innolitics DICOM Standard (MIT, copyright (c) 2017 Innolitics, LLC).
`, lines)
}

// names finds the transfer syntaxes and SOP classes.
func names(out string) error {
	text, err := definitions("uid")
	if err != nil {
		return err
	}
	var lines []string
	for _, m := range regexp.MustCompile(`(?m)^\t"([0-9.]+)":`).FindAllSubmatch(text, -1) {
		info, err := uid.Lookup(string(m[1]))
		if err != nil || info.Name == "" || info.Type != uid.TypeSOPClass && info.Type != uid.TypeTransferSyntax {
			continue
		}
		lines = append(lines, info.UID+"\t"+info.Name+"\n")
	}
	return write(out, `# Names of transfer syntaxes and SOP classes (PS3.6 annex A). Written by gendictionary from the list of
# github.com/suyashkumar/dicom (MIT), which derives from that of pynetdicom (MIT).
`, lines)
}

func write(out, head string, lines []string) error {
	slices.Sort(lines)
	var b bytes.Buffer
	b.WriteString(head)
	for _, line := range slices.Compact(lines) {
		b.WriteString(line)
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}
