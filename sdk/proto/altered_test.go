package executorv1_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// TestTheGuardNotices proves that TestNothingIsTakenBack sees what would break
// a plugin or an agent of another release, and lets pass what would not.
func TestTheGuardNotices(t *testing.T) {
	before := facts(executorv1.File_sdk_proto_executor_proto)
	for _, test := range []struct {
		name  string
		alter func(f *descriptorpb.FileDescriptorProto)
		lost  string // the beginning of a fact; "": none
	}{
		{"nothing is changed", func(*descriptorpb.FileDescriptorProto) {}, ""},
		{"a field is renumbered", func(f *descriptorpb.FileDescriptorProto) { field(f, "Task", "run").Number = proto.Int32(99) }, "field raddeploy.executor.v1.Task.run = 2"},
		{"a field is renamed", func(f *descriptorpb.FileDescriptorProto) { field(f, "Task", "run").Name = proto.String("run_id") }, "field raddeploy.executor.v1.Task.run = 2"},
		{"a field is removed", func(f *descriptorpb.FileDescriptorProto) {
			m := message(f, "Mount")
			m.Field = slices.DeleteFunc(m.Field, func(f *descriptorpb.FieldDescriptorProto) bool { return f.GetName() == "role" })
		}, "field raddeploy.executor.v1.Mount.role"},
		{"a field gets another type", func(f *descriptorpb.FileDescriptorProto) {
			field(f, "Exit", "code").Type = descriptorpb.FieldDescriptorProto_TYPE_SINT64.Enum()
		}, "field raddeploy.executor.v1.Exit.code"},
		{"a field gets another message", func(f *descriptorpb.FileDescriptorProto) {
			field(f, "Exit", "usage").TypeName = proto.String(".raddeploy.executor.v1.Progress")
		}, "field raddeploy.executor.v1.Exit.usage"},
		{"a list becomes a single one", func(f *descriptorpb.FileDescriptorProto) {
			field(f, "Task", "gpus").Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
		}, "field raddeploy.executor.v1.Task.gpus"},
		{"a field leaves its oneof", func(f *descriptorpb.FileDescriptorProto) { field(f, "WatchResponse", "waiting").OneofIndex = nil }, "field raddeploy.executor.v1.WatchResponse.waiting"},
		{"a call is removed", func(f *descriptorpb.FileDescriptorProto) {
			s := f.Service[0]
			s.Method = slices.DeleteFunc(s.Method, func(m *descriptorpb.MethodDescriptorProto) bool { return m.GetName() == "Recover" })
		}, "rpc raddeploy.executor.v1.Executor.Recover"},
		{"a call gets another request", func(f *descriptorpb.FileDescriptorProto) {
			method(f, "Stop").InputType = proto.String(".raddeploy.executor.v1.RemoveRequest")
		}, "rpc raddeploy.executor.v1.Executor.Stop"},
		{"a stream becomes a single answer", func(f *descriptorpb.FileDescriptorProto) { method(f, "Watch").ServerStreaming = nil }, "rpc raddeploy.executor.v1.Executor.Watch"},
		{"a request becomes a stream", func(f *descriptorpb.FileDescriptorProto) {
			method(f, "Start").ClientStreaming = proto.Bool(true)
		}, "rpc raddeploy.executor.v1.Executor.Start"},
		{"a value gets another number", func(f *descriptorpb.FileDescriptorProto) { value(f, "REASON_STOPPED").Number = proto.Int32(77) }, "value Reason.REASON_STOPPED = 4"},
		{"a value is removed", func(f *descriptorpb.FileDescriptorProto) {
			for _, e := range f.EnumType {
				e.Value = slices.DeleteFunc(e.Value, func(v *descriptorpb.EnumValueDescriptorProto) bool { return v.GetName() == "STATE_RUNNING" })
			}
		}, "value State.STATE_RUNNING"},
		{"a field is added", func(f *descriptorpb.FileDescriptorProto) {
			m := message(f, "Task")
			added := proto.Clone(field(f, "Task", "run")).(*descriptorpb.FieldDescriptorProto)
			added.Name, added.JsonName, added.Number = proto.String("added"), proto.String("added"), proto.Int32(500)
			m.Field = append(m.Field, added)
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			altered := protodesc.ToFileDescriptorProto(executorv1.File_sdk_proto_executor_proto)
			test.alter(altered)
			file, err := protodesc.NewFile(altered, protoregistry.GlobalFiles)
			if err != nil {
				t.Fatal(err)
			}
			after := facts(file)
			var lost []string
			for _, fact := range slices.Sorted(maps.Keys(before)) {
				if !after[fact] {
					lost = append(lost, fact)
				}
			}
			switch {
			case test.lost == "" && lost != nil:
				t.Errorf("noticed as taken back: %q", lost)
			case test.lost != "" && !slices.ContainsFunc(lost, func(fact string) bool { return strings.HasPrefix(fact, test.lost) }):
				t.Errorf("not noticed: want %q among %q", test.lost, lost)
			}
		})
	}
}

func message(f *descriptorpb.FileDescriptorProto, name string) *descriptorpb.DescriptorProto {
	i := slices.IndexFunc(f.MessageType, func(m *descriptorpb.DescriptorProto) bool { return m.GetName() == name })
	return f.MessageType[i]
}

func field(f *descriptorpb.FileDescriptorProto, in, name string) *descriptorpb.FieldDescriptorProto {
	fields := message(f, in).Field
	i := slices.IndexFunc(fields, func(f *descriptorpb.FieldDescriptorProto) bool { return f.GetName() == name })
	return fields[i]
}

func method(f *descriptorpb.FileDescriptorProto, name string) *descriptorpb.MethodDescriptorProto {
	methods := f.Service[0].Method
	i := slices.IndexFunc(methods, func(m *descriptorpb.MethodDescriptorProto) bool { return m.GetName() == name })
	return methods[i]
}

func value(f *descriptorpb.FileDescriptorProto, name string) *descriptorpb.EnumValueDescriptorProto {
	for _, e := range f.EnumType {
		for _, v := range e.Value {
			if v.GetName() == name {
				return v
			}
		}
	}
	return nil
}
