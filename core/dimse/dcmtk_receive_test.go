package dimse_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// realFiles returns the paths of the real DICOM files that are kept beside the
// project.
func realFiles(t testing.TB) []string {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "data", "dicom")
	var paths []string
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, ".dcm") {
			paths = append(paths, path)
		}
		return nil
	})
	if len(paths) == 0 {
		missing(t, "the real DICOM files are not there")
	}
	return paths
}

// proposing are storescu's options that make it propose a transfer syntax.
var proposing = map[dcm.UID]string{
	"":                                 "-xe",
	dcm.ImplicitVRLittleEndian:         "-xi",
	dcm.ExplicitVRLittleEndian:         "-xe",
	dcm.ExplicitVRBigEndian:            "-xb",
	dcm.DeflatedExplicitVRLittleEndian: "-xd",
	jpegLossy:                          "-xy",
	"1.2.840.10008.1.2.4.51":           "-xx",
	"1.2.840.10008.1.2.4.70":           "-xs",
	"1.2.840.10008.1.2.4.80":           "-xt",
	"1.2.840.10008.1.2.4.81":           "-xu",
	"1.2.840.10008.1.2.4.90":           "-xv",
	"1.2.840.10008.1.2.4.91":           "-xw",
	"1.2.840.10008.1.2.5":              "-xr",
}

// Every real file that storescu can send arrives with the data set that
// storescp, as the independent witness of what was on the wire, wrote bit for
// bit.
func TestRealFilesFromStorescu(t *testing.T) {
	type object struct {
		ts   dcm.UID
		data []byte
	}
	arrived := make(chan object, 100)
	r := newRecorder()
	r.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
		var data bytes.Buffer
		if _, err := rq.Data.WriteTo(&data); err != nil {
			return dimse.ProcessingFailure
		}
		arrived <- object{rq.TransferSyntaxUID, data.Bytes()}
		return dimse.Success
	}
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	witness, dir := storescp(t, nil, "-q", "+B", "+xa", "-pm")

	sent, identical := 0, 0
	var syntaxes []dcm.UID
	for _, path := range realFiles(t) {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		original, ts := dataSetOf(file)
		option, known := proposing[ts]
		if !known {
			t.Errorf("%s: no way to propose %s", path, ts)
			continue
		}
		send := func(to string) (string, error) {
			return run(t, nil, "storescu", slices.Concat([]string{"-R", option}, hostPort(t, to), []string{path})...)
		}
		if out, err := send(witness); err != nil {
			t.Logf("%s: storescu cannot send it: %s", filepath.Base(path), tail(out))
			continue
		}
		written, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(written) != 1 {
			t.Fatalf("%s: storescp wrote %d files, %v", path, len(written), err)
		}
		file, err = os.ReadFile(written[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(written[0]); err != nil {
			t.Fatal(err)
		}
		want, wantTS := dataSetOf(file)
		if wantTS == dcm.DeflatedExplicitVRLittleEndian && len(want)%2 != 0 {
			want = append(want, 0) // the padding of PS3.5 §A.5, which storescp takes off again
		}
		if out, err := send(addr); err != nil {
			t.Errorf("%s: storescu: %v\n%s", path, err, tail(out))
			continue
		}
		if err := r.end(t); err != nil {
			t.Errorf("%s: association ended with %v", path, err)
		}
		if len(arrived) != 1 {
			t.Fatalf("%s: %d objects arrived", path, len(arrived))
		}
		switch got := <-arrived; {
		case got.ts != wantTS:
			t.Errorf("%s: arrived in %s, not %s", path, got.ts, wantTS)
		case !bytes.Equal(got.data, want):
			t.Errorf("%s: data set of %d bytes differs from the %d bytes on the wire", path, len(got.data), len(want))
		default:
			sent++
			if bytes.Equal(want, original) {
				identical++
			}
			if !slices.Contains(syntaxes, wantTS) {
				syntaxes = append(syntaxes, wantTS)
			}
		}
	}
	t.Logf("%d files arrived, %d of them sent as they are, in %d transfer syntaxes", sent, identical, len(syntaxes))
	if sent < 30 || identical < 15 || len(syntaxes) < 8 {
		t.Errorf("only %d files (%d sent as they are) in %d transfer syntaxes arrived", sent, identical, len(syntaxes))
	}
}

// Everything storescu proposes by default is accepted, each context with its
// first transfer syntax.
func TestStorescuProposesEverything(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	for _, args := range [][]string{nil, {"+C"}, {"-xs"}, {"+II"}, {"-pdu", "4096"}, {"--max-send-pdu", "4096"}, {"--repeat", "3"},
		{"-usr", "user", "-pwd", "secret"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			before := len(r.taken())
			out, err := run(t, nil, "storescu", slices.Concat(args, hostPort(t, addr), ctFiles(t, 2))...)
			if err != nil {
				t.Fatalf("%v\n%s", err, tail(out))
			}
			if err := r.end(t); err != nil {
				t.Error(err)
			}
			a := <-r.opened
			if len(a.Contexts) < 50 || a.CallingAE != "STORESCU" || a.CalledAE != "ANY-SCP" {
				t.Errorf("%d contexts accepted, %q calls %q", len(a.Contexts), a.CallingAE, a.CalledAE)
			}
			if n := len(r.taken()) - before; n < 2 {
				t.Errorf("%d objects arrived", n)
			}
		})
	}
}

func TestDcmtkUsers(t *testing.T) {
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	t.Run("echoscu", func(t *testing.T) {
		for _, args := range [][]string{nil, {"--propose-ts", "30"}, {"--propose-pc", "128"}, {"--repeat", "5"}} {
			if out, err := run(t, nil, "echoscu", append(args, hostPort(t, addr)...)...); err != nil {
				t.Errorf("%v: %v\n%s", args, err, tail(out))
			}
			if err := r.end(t); err != nil {
				t.Errorf("%v: %v", args, err)
			}
		}
	})
	t.Run("dcmsend", func(t *testing.T) {
		out, err := run(t, nil, "dcmsend", append(hostPort(t, addr), ctFiles(t, 5)...)...)
		if err != nil {
			t.Fatalf("%v\n%s", err, tail(out))
		}
		if err := r.end(t); err != nil {
			t.Error(err)
		}
		if n := len(r.taken()); n != 5 {
			t.Errorf("%d objects arrived, not 5", n)
		}
	})
	t.Run("storescu that aborts", func(t *testing.T) {
		before := len(r.taken())
		if out, err := run(t, nil, "storescu", slices.Concat([]string{"--abort"}, hostPort(t, addr), ctFiles(t, 1))...); err != nil {
			t.Fatalf("%v\n%s", err, tail(out))
		}
		if err := r.end(t); err == nil || !strings.Contains(err.Error(), "aborted") {
			t.Errorf("association ended with %v", err)
		}
		if n := len(r.taken()) - before; n != 1 {
			t.Errorf("%d objects arrived before the abort, not 1", n)
		}
	})
}
