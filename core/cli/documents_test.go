package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandIn finds a command in a text: a program's name at the beginning of what is set as
// code, and its words.
var commandIn = regexp.MustCompile("(?:`|(?m:^(?: {4}|\\$ )))raddeploy ([a-z]+)(?: ([a-z]+))?")

// What a document or an alert tells an operator to call is a command.
func TestDocumentsNameCommandsThatExist(t *testing.T) {
	found := 0
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range commandIn.FindAllStringSubmatch(string(text), -1) {
			found++
			words := strings.Fields(m[1] + " " + m[2])
			if code, _, errs := call(t, append(words, "-h")...); code != exitOK {
				t.Errorf("%s: %s", name, errs)
			}
		}
	}
	if found < 100 {
		t.Errorf("%d commands were found: too few", found)
	}
}

// documents are what operators read.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"../../README.md"}
	for _, root := range []string{"../../docs", "../../configs"} {
		err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
			switch filepath.Ext(name) {
			case ".md", ".yml", ".hcl", ".service":
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
