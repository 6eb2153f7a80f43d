package dcm

import (
	"path/filepath"
	"testing"
)

func TestDecodeText(t *testing.T) {
	tests := []struct {
		name, charset, value, want string
		person                     bool
	}{
		{name: "ASCII", charset: "", value: "CT", want: "CT"},
		{name: "Latin-1", charset: "ISO_IR 100", value: "Buc^J\xe9r\xf4me", want: "Buc^Jérôme"},
		{name: "UTF-8", charset: "ISO_IR 192", value: "Wang=王^小東", want: "Wang=王^小東"},
		{name: "broken UTF-8", charset: "ISO_IR 192", value: "a\xffb", want: "a\uFFFDb"},
		{name: "GB18030 with a backslash inside", charset: "GB18030", value: "\x81\x5c", want: "乗"},
		{name: "GBK", charset: "GBK ", value: "\xcd\xf5", want: "王"},
		{name: "half-width katakana", charset: "ISO_IR 13", value: "\xd4\xcf\xc0\xde", want: "ﾔﾏﾀﾞ"},
		{name: "undeclared UTF-8", charset: "", value: "Jérôme", want: "Jérôme"},
		{name: "undeclared Latin-1", charset: "", value: "J\xe9r\xf4me", want: "Jérôme"},
		{name: "unknown character set", charset: "ISO_IR 999", value: "J\xe9", want: "Jé"},
		{name: "Kanji by escapes", charset: `\ISO 2022 IR 87`, person: true,
			value: "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B", want: "Yamada^Tarou=山田^太郎=やまだ^たろう"},
		{name: "romaji and katakana first", charset: `ISO 2022 IR 13\ISO 2022 IR 87`, person: true,
			value: "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J", want: "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"},
		{name: "two-byte backslash is none", charset: `\ISO 2022 IR 87`, value: "\x1b$B\x21\x5c\x1b(B", want: "＋"},
		{name: "Korean", charset: `\ISO 2022 IR 149`, person: true,
			value: "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", want: "Hong^Gildong=洪^吉洞=홍^길동"},
		{name: "Chinese by escapes", charset: `\ISO 2022 IR 58`, value: "\x1b$)A\xcd\xf5", want: "王"},
		{name: "Latin and Cyrillic", charset: `ISO 2022 IR 100\ISO 2022 IR 144`, value: "\xe9 \x1b-L\xbb\xee\xda\xe1", want: "é Люкс"},
		{name: "a name's part begins anew", charset: `ISO 2022 IR 100\ISO 2022 IR 144`, value: "\x1b-L\xbb^\xe9", want: "Л^é", person: true},
		{name: "a line begins anew", charset: `ISO 2022 IR 100\ISO 2022 IR 144`, value: "\x1b-L\xbb\r\n\xe9", want: "Л\r\né"},
		{name: "unknown escape", charset: `ISO 2022 IR 100\ISO 2022 IR 144`, value: "a\x1b*Zb", want: "a\uFFFD*Zb"},
		{name: "half of a two-byte character", charset: `\ISO 2022 IR 87`, value: "\x1b$B;", want: "\uFFFD"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := decodeText([]byte(test.value), []byte(test.charset), test.person); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestNamesInRealFiles(t *testing.T) {
	want := map[string]string{
		"chrArab.dcm":                "قباني^لنزار",
		"chrGerm.dcm":                "Äneas^Rüdiger",
		"chrGreek.dcm":               "Διονυσιος",
		"chrH31.dcm":                 "Yamada^Tarou=山田^太郎=やまだ^たろう",
		"chrJapMulti.dcm":            "やまだ^たろう",
		"chrJapMultiExplicitIR6.dcm": "やまだ^たろう",
		"chrKoreanMulti.dcm":         "김희중",
		"chrRuss.dcm":                "Люкceмбypг",
		"chrX1.dcm":                  "Wang^XiaoDong=王^小東=",
	}
	for _, path := range corpus(t) {
		name, ok := want[filepath.Base(path)]
		if !ok {
			continue
		}
		if got, _ := scanPath(t, path).Text(PatientName); got != name {
			t.Errorf("%s: %q, want %q", filepath.Base(path), got, name)
		}
		delete(want, filepath.Base(path))
	}
	if len(want) > 0 {
		t.Errorf("not found among the files: %v", want)
	}
}

// TestItemsHaveTheirOwnCharacterSet reads a file whose sequence declares
// another one than the data set around it.
func TestItemsHaveTheirOwnCharacterSet(t *testing.T) {
	got := scanPath(t, corpusFile(t, "charset/chrSQEncoding.dcm")).Texts(mustPath(t, "RequestedProcedureCodeSequence.PatientName"))
	if len(got) != 1 || got[0] != "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう" {
		t.Errorf("names in the sequence: %q", got)
	}
}
