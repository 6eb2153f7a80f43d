package executorv1_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

var update = flag.Bool("update", false, "add what is new to testdata/v1.txt")

// TestNothingIsTakenBack holds the versioning policy: whatever this version of
// the contract has ever had stays as it is. The list in testdata grows with
// -update, and a line that is not true any more fails.
func TestNothingIsTakenBack(t *testing.T) {
	const golden = "testdata/v1.txt"
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	now := facts(executorv1.File_sdk_proto_executor_proto)
	promised := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		promised[strings.TrimSpace(line)] = true
	}
	for fact := range promised {
		if !now[fact] {
			t.Errorf("taken back: %s", fact)
		}
	}
	for fact := range now {
		if !promised[fact] && !*update {
			t.Errorf("new, and not yet promised: %s (go test ./sdk/proto -update adds it)", fact)
		}
	}
	if *update && !t.Failed() {
		all := strings.Join(slices.Sorted(maps.Keys(now)), "\n") + "\n"
		if err := os.WriteFile(golden, []byte(all), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// facts lists what a peer depends on, one a line.
func facts(file protoreflect.FileDescriptor) map[string]bool {
	found := map[string]bool{}
	for i := range file.Services().Len() {
		service := file.Services().Get(i)
		for j := range service.Methods().Len() {
			m := service.Methods().Get(j)
			fact := fmt.Sprintf("rpc %s (%s) returns (%s) streams %t", m.FullName(), m.Input().Name(), m.Output().Name(), m.IsStreamingServer())
			if m.IsStreamingClient() {
				fact += ", and takes a stream"
			}
			found[fact] = true
		}
	}
	addValues(found, file.Enums())
	for i := range file.Messages().Len() {
		addFields(found, file.Messages().Get(i))
	}
	return found
}

func addFields(found map[string]bool, message protoreflect.MessageDescriptor) {
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		kind := field.Kind().String()
		switch {
		case field.Message() != nil:
			kind = string(field.Message().FullName())
		case field.Enum() != nil:
			kind = string(field.Enum().FullName())
		}
		group := ""
		if field.ContainingOneof() != nil {
			group = " in " + string(field.ContainingOneof().Name())
		}
		found[fmt.Sprintf("field %s = %d: %s %s%s", field.FullName(), field.Number(), field.Cardinality(), kind, group)] = true
	}
	addValues(found, message.Enums())
	for i := range message.Messages().Len() {
		addFields(found, message.Messages().Get(i))
	}
}

func addValues(found map[string]bool, enums protoreflect.EnumDescriptors) {
	for i := range enums.Len() {
		values := enums.Get(i).Values()
		for j := range values.Len() {
			found[fmt.Sprintf("value %s.%s = %d", enums.Get(i).Name(), values.Get(j).Name(), values.Get(j).Number())] = true
		}
	}
}
