package dimse_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// identify finds class and instance of a file in its file meta information;
// both are "" if it has none.
func identify(file []byte) (class, instance dcm.UID) {
	data, _ := dataSetOf(file)
	for _, e := range metaElements(file[:len(file)-len(data)]) {
		switch e.elem {
		case 0x0002:
			class = dcm.TrimUID(e.value)
		case 0x0003:
			instance = dcm.TrimUID(e.value)
		}
	}
	return class, instance
}

// What this package's user sends, storescp writes bit for bit: every real file
// with file meta information, each in its own transfer syntax, all on one
// association.
func TestRealFilesToStorescp(t *testing.T) {
	for name, args := range map[string][]string{
		"default": nil, "smallest maximum": {"-pdu", "4096"}, "largest maximum": {"-pdu", "131072"},
	} {
		t.Run(name, func(t *testing.T) {
			addr, dir := storescp(t, nil, append(args, "-q", "+B", "+xa", "-pm")...)
			type object struct {
				path string
				m    dimse.StoreMessage
				data []byte
			}
			var objects []object
			var contexts []dimse.PresentationContext
			proposed := map[[2]dcm.UID]bool{}
			for _, path := range realFiles(t) {
				file, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				class, instance := identify(file)
				data, ts := dataSetOf(file)
				if class == "" || instance == "" || ts == "" {
					continue
				}
				if len(data)%2 != 0 { // a deflated stream is padded on the wire
					data = append(data, 0)
				}
				if key := [2]dcm.UID{class, ts}; !proposed[key] {
					proposed[key] = true
					contexts = append(contexts, dimse.PresentationContext{AbstractSyntax: class, TransferSyntaxes: []dcm.UID{ts}})
				}
				objects = append(objects, object{path, dimse.StoreMessage{SOPClassUID: class, SOPInstanceUID: instance, TransferSyntaxUID: ts,
					Data: bytes.NewReader(data), Size: int64(len(data))}, data})
			}
			c := dial(t, &dimse.Dialer{CallingAE: "SCU", CalledAE: "STORESCP"}, addr, contexts)
			for _, o := range objects {
				status, err := c.Store(t.Context(), o.m)
				if err != nil || !status.Success() {
					t.Fatalf("%s: %v, %v", o.path, status, err)
				}
				written, _ := filepath.Glob(filepath.Join(dir, "*"+string(o.m.SOPInstanceUID)))
				if len(written) != 1 {
					t.Fatalf("%s: storescp wrote %d files", o.path, len(written))
				}
				file, err := os.ReadFile(written[0])
				if err != nil {
					t.Fatal(err)
				}
				got, ts := dataSetOf(file)
				if ts == dcm.DeflatedExplicitVRLittleEndian && len(got)%2 != 0 {
					got = append(got, 0)
				}
				if ts != o.m.TransferSyntaxUID || !bytes.Equal(got, o.data) {
					t.Errorf("%s: storescp wrote %d bytes in %s, sent were %d in %s", o.path, len(got), ts, len(o.data), o.m.TransferSyntaxUID)
				}
				if err := os.Remove(written[0]); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Release(t.Context()); err != nil {
				t.Error(err)
			}
			if len(objects) < 28 {
				t.Errorf("only %d files were sent", len(objects))
			}
		})
	}
}

func TestEchoToStorescp(t *testing.T) {
	addr, _ := storescp(t, nil, "-q")
	c := dial(t, &dimse.Dialer{CallingAE: "SCU", CalledAE: "STORESCP"}, addr, storage())
	if status, err := c.Echo(t.Context()); err != nil || !status.Success() {
		t.Errorf("Echo = %v, %v", status, err)
	}
	if class, version := c.Peer(); !class.Valid() || version == "" {
		t.Errorf("storescp is %q, %q", class, version)
	}
}

// storescp as it refuses: the association, the context, or by abort in the middle.
func TestStorescpRefuses(t *testing.T) {
	t.Run("association", func(t *testing.T) {
		addr, _ := storescp(t, nil, "-q", "--refuse")
		_, err := new(dimse.Dialer).Dial(t.Context(), addr, storage())
		if !errors.As(err, new(*dimse.RejectedError)) {
			t.Errorf("Dial: %v", err)
		}
	})
	t.Run("context", func(t *testing.T) {
		addr, _ := storescp(t, nil, "-q") // takes no compressed transfer syntaxes by default
		c := dial(t, &dimse.Dialer{}, addr, []dimse.PresentationContext{{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{jpegLossy}}})
		if c.Accepted(ctImage, jpegLossy) {
			t.Error("storescp accepted JPEG")
		}
	})
	for _, option := range []string{"--abort-during", "--abort-after"} {
		t.Run(option, func(t *testing.T) {
			addr, _ := storescp(t, nil, "-q", option)
			c := dial(t, &dimse.Dialer{}, addr, storage())
			m := message(1, 0)
			data, _ := dataSetOf(part10(1, 1<<20))
			m.Data, m.Size = bytes.NewReader(data), int64(len(data))
			if status, err := c.Store(t.Context(), m); err == nil {
				t.Errorf("Store = %v", status)
			}
		})
	}
}
