package config

import "testing"

// A template that fails on a message without what may be missing is found when the
// site's file is read, and not when there is something to tell.
func TestNotifyTemplateOfWhatMayBeMissing(t *testing.T) {
	for text, good := range map[string]bool{
		`{{range .Events}}{{clock .Since}}{{end}}`:                       false,
		`{{range .Events}}{{if .Since}}{{clock .Since}}{{end}}{{end}}`:   true,
		`{{with .Digest}}{{with .DiskDaysLeft}}{{.}} days{{end}}{{end}}`: true,
		`{{(index .Events 0).Text}}`:                                     false,
	} {
		if err := checkTemplate(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
