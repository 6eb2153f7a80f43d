package scu_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/scu"
)

// Other implementations answer C-ECHO and keep what is sent to them, objects whose
// file meta information names another instance among it.
func TestOtherProviders(t *testing.T) {
	for _, peer := range testenv.Implementations() {
		t.Run(peer.Name, func(t *testing.T) {
			address, dir := peer.Serve(t)
			c, err := (&dimse.Dialer{}).Dial(t.Context(), address, []dimse.PresentationContext{
				{AbstractSyntax: dcm.Verification, TransferSyntaxes: []dcm.UID{dcm.ImplicitVRLittleEndian}}})
			if err != nil {
				t.Fatal(err)
			}
			if status, err := c.Echo(t.Context()); err != nil || !status.Success() {
				t.Errorf("C-ECHO: %v, %v", status, err)
			}
			if err := c.Release(t.Context()); err != nil {
				t.Error(err)
			}
			peer.Ready(t, address)
			files := identified(t, "testdata/good-1.dcm", "testdata/meta-names-another-instance.dcm", "testdata/good-2.dcm")
			if o := send(t, &scu.Sender{Address: address}, files); len(o.sent()) != 3 {
				t.Fatalf("sent %v: %+v", o.sent(), o.last)
			}
			kept := read(t, dir)
			for _, file := range files {
				pixels := pixelsOf(t, file.Name)
				if !bytes.Contains(kept, pixels) || !bytes.Contains(kept, []byte(file.SOPInstanceUID)) {
					t.Errorf("it has not kept %s", file.Name)
				}
			}
		})
	}
}

// read returns all that is in the files below a folder.
func read(t *testing.T, dir string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// pixelsOf returns some bytes of a file's pixel data.
func pixelsOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content[len(content)-3000 : len(content)-1000]
}
