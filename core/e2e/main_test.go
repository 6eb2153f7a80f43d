package e2e_test

import (
	"os"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// programs are what every test runs. They are built once, before the first test.
var programs testenv.Programs

func TestMain(m *testing.M) { os.Exit(testenv.Main(m, &programs)) }

// same checks that files hold the same data sets, byte for byte.
func same(t *testing.T, what string, got, want map[testenv.Key]testenv.File) {
	t.Helper()
	for key, file := range want {
		switch found, ok := got[key]; {
		case !ok:
			t.Errorf("%s: %v is not there", what, key)
		case found.Dataset != file.Dataset:
			t.Errorf("%s: the data set of %v has %d bytes that are not the %d that were sent", what, key, len(found.Dataset), len(file.Dataset))
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s: %v was not sent", what, key)
		}
	}
}
