package python_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/raddeploy/raddeploy/sdk/conformance"
	"github.com/raddeploy/raddeploy/sdk/conformance/breakout"
	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// The example in Python makes its messages from a description of the contract,
// which must be the contract's.
func TestPythonHasTheContract(t *testing.T) {
	// what carries an error's details
	status, err := protoregistry.GlobalFiles.FindFileByPath("google/rpc/status.proto")
	if err != nil {
		t.Fatal(err)
	}
	set := new(descriptorpb.FileDescriptorSet)
	seen := make(map[string]bool)
	var add func(protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	add(status)
	add(executorv1.File_sdk_proto_executor_proto)
	want, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}

	const path = "src/executor/executor.binpb"
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not sdk/proto/executor.proto as it is now (%v): run go test ./examples/executor-python -run %s -update", path, err, t.Name())
	}
}

// The plugin as the agent meets it: launched, called and killed. What it
// refuses is listed as not offered.
func TestPythonExecutorKeepsTheContract(t *testing.T) {
	conformance.Suite{Program: pythonExecutor(t)}.Run(t)
}

func TestTasksOfThePythonExecutorDoNotBreakOut(t *testing.T) { breakout.Try(t, pythonExecutor(t)) }

func pythonExecutor(t *testing.T) string {
	program := filepath.Join(t.TempDir(), "raddeploy-executor-python")
	if out, err := exec.Command("./build.sh", program).CombinedOutput(); err != nil {
		unless(t, fmt.Sprintf("no Python here: %v: %s", err, out))
	}
	if out, _ := exec.Command(program).CombinedOutput(); bytes.Contains(out, []byte("apt-get install")) {
		unless(t, string(out))
	}
	return program
}

// unless skips the test, or fails it where everything must be there.
func unless(t *testing.T, there string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(there)
	}
	t.Skip(there)
}
