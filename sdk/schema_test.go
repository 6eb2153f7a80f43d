package sdk

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type everything struct {
	Text    string         `raddeploy:"text" default:"a" enum:"a|b" doc:"Doc."`
	Whole   int            `raddeploy:"whole" default:"-7"`
	Wide    int64          `raddeploy:"wide"`
	Real    float64        `raddeploy:"real" default:"0.5"`
	Flag    bool           `raddeploy:"flag" default:"true"`
	Time    time.Duration  `raddeploy:"time" default:"1m30s"`
	Size    Size           `raddeploy:"size" default:"2g"`
	Maybe   *int64         `raddeploy:"maybe"`
	Words   []string       `raddeploy:"words" enum:"x|y" guarded:"true"`
	Table   map[string]int `raddeploy:"table"`
	Inner   inner          `raddeploy:"inner"`
	Pointer *inner         `raddeploy:"pointer"`
	Inners  []inner        `raddeploy:"inners"`
	Any     any            `raddeploy:"any"`
	Left    func()         `raddeploy:"-"`
	private int
}

type inner struct {
	Must string `raddeploy:"must" required:"true" doc:"It has to be there."`
	N    int    `raddeploy:"n" default:"3"`
}

func TestSchemaOf(t *testing.T) {
	got, err := SchemaOf(&everything{private: 1})
	if err != nil {
		t.Fatal(err)
	}
	parts := []Field{
		{Name: "must", Type: TypeString, Required: true, Doc: "It has to be there."},
		{Name: "n", Type: TypeInt, Default: "3"},
	}
	want := Schema{Fields: []Field{
		{Name: "text", Type: TypeString, Default: "a", Enum: []string{"a", "b"}, Doc: "Doc."},
		{Name: "whole", Type: TypeInt, Default: "-7"},
		{Name: "wide", Type: TypeInt},
		{Name: "real", Type: TypeFloat, Default: "0.5"},
		{Name: "flag", Type: TypeBool, Default: "true"},
		{Name: "time", Type: TypeDuration, Default: "1m30s"},
		{Name: "size", Type: TypeSize, Default: "2g"},
		{Name: "maybe", Type: TypeInt},
		{Name: "words", Type: TypeList, Guarded: true, Element: &Field{Type: TypeString, Enum: []string{"x", "y"}}},
		{Name: "table", Type: TypeMap, Element: &Field{Type: TypeInt}},
		{Name: "inner", Type: TypeObject, Fields: parts},
		{Name: "pointer", Type: TypeObject, Fields: parts},
		{Name: "inners", Type: TypeList, Element: &Field{Type: TypeObject, Fields: parts}},
		{Name: "any", Type: TypeAny},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSchemaOfRefusesMistakes(t *testing.T) {
	type itself struct {
		Again []itself `raddeploy:"again"`
	}
	for name, test := range map[string]struct {
		pointer any
		want    string
	}{
		"no pointer": {inner{}, "want a pointer to a struct"},
		"no tag":     {&struct{ Forgotten string }{}, "field Forgotten has no tag"},
		"twice": {&struct {
			A, B string `raddeploy:"a"`
		}{}, `two fields are called "a"`},
		"not exported": {&struct {
			a string `raddeploy:"a"`
		}{}, "field a has a tag but is not exported"},
		"odd type": {&struct {
			A uint8 `raddeploy:"a"`
		}{}, "a word cannot be of type uint8"},
		"bad default": {&struct {
			A int `raddeploy:"a" default:"many"`
		}{}, `default "many"`},
		"default outside of the enum": {&struct {
			A string `raddeploy:"a" default:"c" enum:"a|b"`
		}{}, "must be one of"},
		"default of a list": {&struct {
			A []string `raddeploy:"a" default:"x"`
		}{}, "cannot have a default"},
		"required with default": {&struct {
			A string `raddeploy:"a" default:"x" required:"true"`
		}{}, "what is required cannot have a default"},
		"enum of numbers": {&struct {
			A int `raddeploy:"a" enum:"1|2"`
		}{}, "only strings can have an enum"},
		"keys": {&struct {
			A map[int]string `raddeploy:"a"`
		}{}, "are no strings"},
		"endless": {&itself{}, "holds itself"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := SchemaOf(test.pointer); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "512": 512, "512b": 512, "1k": 1 << 10, "2g": 2 << 30, "2GB": 2 << 30, "2 GiB": 2 << 30, "1.5m": 3 << 19, "1T": 1 << 40, "1p": 1 << 50,
		"": -1, "g": -1, "-1": -1, "2x": -1, "2gg": -1, " 2g": -1, "9999p": -1, "nan": -1, "infb": -1, "1e3k": -1, "0x10": -1, "1.2.3": -1, "5\u0130\u0130": -1, ".": -1,
	} {
		got, err := ParseSize(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for size, want := range map[Size]string{0: "0B", 1: "1B", 1536: "1536B", 2 << 30: "2GiB", 1 << 60: "1024PiB"} {
		if got := size.String(); got != want {
			t.Errorf("%d bytes: %s, want %s", int64(size), got, want)
		}
		if back, err := ParseSize(size.String()); err != nil || back != size {
			t.Errorf("%s does not come back: %d, %v", size, back, err)
		}
	}
}
