package flow

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeRestoresExactly(t *testing.T) {
	swappiness := int64(0)
	f := valid(models(model("a", []string{"src"}, []string{"dst"})))
	f.Version = "1.02"
	f.TarSubdir = []string{} // the site's is not wanted, which nil would mean
	f.Complete = &Complete{On: "series", Idle: 90 * time.Second, MaxWait: time.Hour}
	f.Extra = map[string]any{"int": 1, "float": 1.0, "big": 1 << 60, "small": 1e-9, "list": []any{nil, true, "<&>", 2.5}, "map": map[string]any{}}
	f.Models[0].Container.MemSwappiness = &swappiness
	f.Models[0].Container.Labels = map[string]string{}
	f.Models[0].Config = map[string]any{}
	f.Models[0].Options = map[string]any{"cap_add": []any{"SYS_ADMIN"}, "n": 0}
	f.Triggers = []Trigger{{[]TagPatterns{{"Modality", []string{"CT"}}, {"0029,xx10,\"A\"", nil}}}}
	data, err := Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, got); diff != "" {
		t.Errorf("decoded flow differs: %s", diff)
	}
	again, err := Encode(got)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, again) || Digest(data) != Digest(again) {
		t.Errorf("encoded twice:\n%s\n%s", data, again)
	}
	f.Priority = 3
	if other, _ := Encode(f); Digest(other) == Digest(data) {
		t.Error("a changed flow has the same digest")
	}
}

func TestEncodeRefusesWhatJSONCannotHold(t *testing.T) {
	for _, v := range []any{math.NaN(), math.Inf(1), struct{}{}} {
		if data, err := Encode(&Flow{Extra: map[string]any{"x": []any{v}}}); err == nil {
			t.Errorf("%v was encoded as %s", v, data)
		}
	}
}

func TestDecodeRefusesAnUnknownField(t *testing.T) {
	if _, err := Decode([]byte(`{"name":"f","sends_fax":true}`)); err == nil {
		t.Error("a field of a newer version was dropped silently")
	}
}
