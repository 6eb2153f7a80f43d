package dimse_test

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// gdcmscu is a second implementation that shares nothing with dcmtk. It is not
// among what CI must have.
func TestGdcmscu(t *testing.T) {
	if _, err := exec.LookPath("gdcmscu"); err != nil {
		t.Skip("gdcmscu is not installed (apt-get install libgdcm-tools)")
	}
	r := newRecorder()
	addr := serve(t, &dimse.Server{NewSession: r.NewSession})
	to := []string{"localhost", hostPort(t, addr)[1]} // it takes no numbers for a host
	// Debian's gdcmscu dies of an exception after every release, whoever the
	// peer is, so its exit status says nothing.
	out, _ := run(t, nil, "gdcmscu", slices.Concat(to, []string{"--echo"})...)
	if err := r.end(t); err != nil {
		t.Errorf("after echo the association ended with %v\n%s", err, tail(out))
	}
	out, _ = run(t, nil, "gdcmscu", slices.Concat(to, []string{"--store"}, ctFiles(t, 5))...)
	if err := r.end(t); err != nil {
		t.Errorf("after store the association ended with %v\n%s", err, tail(out))
	}
	if n := len(r.taken()); n != 5 {
		t.Errorf("%d objects arrived, not 5\n%s", n, tail(out))
	}
}
