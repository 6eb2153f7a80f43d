package selftest_test

import (
	"testing"

	"github.com/raddeploy/raddeploy/core/selftest"
)

func TestFlow(t *testing.T) {
	for name, executor := range map[string]string{
		selftest.Name("docker", 10005): "docker", selftest.Name(`a: "b"`, 1): `a: "b"`, "selftest": "", "mine": "",
	} {
		f, err := selftest.Flow(name)
		if err != nil || (f == nil) != (executor == "") {
			t.Errorf("%s is %v, %v", name, f, err)
		} else if f != nil && (f.Flow.Models[0].Executor != executor || len(f.Flow.Triggers) > 0 || len(f.Flow.ReturnToSenderOnPorts) != 1) {
			t.Errorf("%s is %+v", name, f.Flow)
		}
	}
	for _, name := range []string{"selftest:docker", "selftest::80", "selftest:docker:80000", "selftest:docker:x"} {
		if f, err := selftest.Flow(name); err == nil {
			t.Errorf("%s is %v", name, f)
		}
	}
}
