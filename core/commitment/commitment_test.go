package commitment_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

const ctImage dcm.UID = "1.2.840.10008.5.1.4.1.1.2"

func references(n int) []run.Reference {
	var all []run.Reference
	for i := range n {
		all = append(all, run.Reference{SOPClassUID: ctImage, SOPInstanceUID: dcm.UID(fmt.Sprintf("1.2.3.%d", i))})
	}
	return all
}

var syntaxes = []dcm.UID{dcm.ImplicitVRLittleEndian, dcm.ExplicitVRLittleEndian}

// What is written is read again, also with as much as is allowed.
func TestRoundTrip(t *testing.T) {
	for _, syntax := range syntaxes {
		for _, n := range []int{1, 3, 10_000, commitment.MostReferences} {
			want := commitment.Request{Transaction: "2.25.1", References: references(n)}
			got, err := commitment.ReadRequest(bytes.NewReader(want.Encode(syntax)), syntax)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%d in %s: %v, %.500s", n, syntax, err, diff)
			}
		}
		for _, want := range []commitment.Result{
			{Transaction: "2.25.12", Committed: references(2)},
			{Transaction: "2.25.12", Failed: []run.Uncommitted{{Reference: references(1)[0], Reason: 0x0112}}},
			{Transaction: "2.25.12", Committed: references(2), Failed: []run.Uncommitted{{Reference: references(3)[2], Reason: 0xC000}}},
		} {
			got, err := commitment.ReadResult(bytes.NewReader(want.Encode(syntax)), syntax)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v, %s", syntax, err, diff)
			}
			if wantType := map[bool]uint16{true: 2, false: 1}[len(want.Failed) > 0]; got.EventType() != wantType {
				t.Errorf("event type %d, want %d", got.EventType(), wantType)
			}
		}
	}
}

// The bytes of a small request, as PS3.5 has them.
func TestEncoding(t *testing.T) {
	request := commitment.Request{Transaction: "1.2", References: []run.Reference{{SOPClassUID: "1.2", SOPInstanceUID: "1.22"}}}
	want := "\x08\x00\x95\x11UI\x04\x001.2\x00" + "\x08\x00\x99\x11SQ\x00\x00\x20\x00\x00\x00" + "\xfe\xff\x00\xe0\x18\x00\x00\x00" +
		"\x08\x00\x50\x11UI\x04\x001.2\x00" + "\x08\x00\x55\x11UI\x04\x001.22"
	if got := string(request.Encode(dcm.ExplicitVRLittleEndian)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What is wrong with a request is said, and nothing of it is taken.
func TestWrongRequests(t *testing.T) {
	const syntax = dcm.ExplicitVRLittleEndian
	encode := func(change func(*commitment.Request)) string {
		r := commitment.Request{Transaction: "2.25.1", References: references(2)}
		change(&r)
		return string(r.Encode(syntax))
	}
	whole := encode(func(*commitment.Request) {})
	tests := map[string]struct{ data, want string }{
		"nothing":         {"", "the transaction UID is missing or not valid"},
		"no transaction":  {encode(func(r *commitment.Request) { r.Transaction = "" }), "the transaction UID is missing or not valid"},
		"bad transaction": {encode(func(r *commitment.Request) { r.Transaction = "1.a" }), "the transaction UID is missing or not valid"},
		"no references":   {encode(func(r *commitment.Request) { r.References = nil }), "no instance is referenced"},
		"bad class":       {encode(func(r *commitment.Request) { r.References[0].SOPClassUID = "" }), "item 1 of (0008,1199) names no SOP class or instance, or one that is not valid"},
		"bad instance":    {encode(func(r *commitment.Request) { r.References[1].SOPInstanceUID = "x" }), "item 2 of (0008,1199) names no SOP class or instance, or one that is not valid"},
		"cut":             {whole[:len(whole)-3], "the data set cannot be read: "},
		"too many":        {encode(func(r *commitment.Request) { r.References = references(commitment.MostReferences + 1) }), commitment.ErrTooLong.Error()},
		"too long":        {whole + strings.Repeat("\x09\x00\x01\x00OB\x00\x00\x00\x00\x01\x00"+strings.Repeat("\x00", 1<<16), 80), commitment.ErrTooLong.Error()},
	}
	for name, test := range tests {
		if _, err := commitment.ReadRequest(strings.NewReader(test.data), syntax); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if _, err := commitment.ReadRequest(nil, syntax); err == nil {
		t.Error("a request without a data set was read")
	}
	endless := io.MultiReader(strings.NewReader(whole), &zeros{})
	if _, err := commitment.ReadRequest(endless, syntax); !errors.Is(err, commitment.ErrTooLong) {
		t.Errorf("an endless request: %v", err)
	}
	twice := commitment.Request{Transaction: "2.25.1", References: append(references(2), references(2)...)}
	if got, err := commitment.ReadRequest(bytes.NewReader(twice.Encode(syntax)), syntax); err != nil || len(got.References) != 2 {
		t.Errorf("instances that are named twice: %d, %v", len(got.References), err)
	}
	failed := commitment.Result{Transaction: "1.2", Failed: []run.Uncommitted{{Reference: references(1)[0], Reason: 1}}}
	data := strings.ReplaceAll(string(failed.Encode(syntax)), "\x97\x11US", "\x96\x11US")
	if _, err := commitment.ReadResult(strings.NewReader(data), syntax); err == nil {
		t.Error("a failure without a reason was read")
	}
}

// zeros is a private element after the other, without an end.
type zeros struct{ at int }

func (z *zeros) Read(b []byte) (int, error) {
	const element = "\x09\x00\x01\x00OB\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"
	for i := range b {
		b[i], z.at = element[z.at], (z.at+1)%len(element)
	}
	return len(b), nil
}

func FuzzReadRequest(f *testing.F) {
	request := commitment.Request{Transaction: "2.25.1", References: references(2)}
	result := commitment.Result{Transaction: "2.25.1", Committed: references(1), Failed: []run.Uncommitted{{Reference: references(2)[1], Reason: 0x0112}}}
	for i, syntax := range syntaxes {
		f.Add(i == 0, request.Encode(syntax))
		f.Add(i == 0, result.Encode(syntax))
	}
	f.Fuzz(func(t *testing.T, implicit bool, data []byte) {
		syntax := syntaxes[1]
		if implicit {
			syntax = syntaxes[0]
		}
		if first, err := commitment.ReadRequest(bytes.NewReader(data), syntax); err == nil {
			if again, err := commitment.ReadRequest(bytes.NewReader(first.Encode(syntax)), syntax); err != nil || !cmp.Equal(first, again) {
				t.Errorf("%+v became %+v, %v", first, again, err)
			}
		}
		if first, err := commitment.ReadResult(bytes.NewReader(data), syntax); err == nil {
			if again, err := commitment.ReadResult(bytes.NewReader(first.Encode(syntax)), syntax); err != nil || !cmp.Equal(first, again) {
				t.Errorf("%+v became %+v, %v", first, again, err)
			}
		}
	})
}
