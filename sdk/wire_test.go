package sdk

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// full gives every field of a value something that is not zero, so that a field
// which a conversion forgets is noticed.
func full[T any]() T {
	var value T
	count := 0
	fillAll(reflect.ValueOf(&value).Elem(), &count)
	return value
}

func fillAll(v reflect.Value, count *int) {
	*count++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(int64(*count), 5).UTC()))
		return
	case Role, PullPolicy, Reason, Health, Stream, State:
		v.SetUint(1)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text", *count))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*count))
	case reflect.Uint64:
		v.SetUint(uint64(*count))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem(), count)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fillAll(v.Index(0), count)
		fillAll(v.Index(1), count)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"key": fmt.Sprint("value", *count)}))
	case reflect.Struct:
		for i := range v.NumField() {
			fillAll(v.Field(i), count)
		}
	case reflect.Interface: // a task's options
		v.Set(reflect.ValueOf([]byte(`{"a":1}`)))
	case reflect.Uint8:
		v.SetUint(uint64('a' + *count%26))
	default:
		panic(v.Type())
	}
}

// sent returns what a message is after it has crossed the wire.
func sent[M proto.Message](t *testing.T, message M) M {
	t.Helper()
	data, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	received := message.ProtoReflect().New().Interface().(M)
	if err := proto.Unmarshal(data, received); err != nil {
		t.Fatal(err)
	}
	return received
}

func TestEveryFieldCrossesTheWire(t *testing.T) {
	same := func(name string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	task := full[Task]()
	wire, err := taskToWire(&task)
	if err != nil {
		t.Fatal(err)
	}
	received := sent(t, wire)
	got, err := taskFromWire(received)
	if err != nil {
		t.Fatal(err)
	}
	got.Options = received.GetOptionsJson()
	same("task", task, *got)

	fingerprint := full[Fingerprint]()
	same("fingerprint", fingerprint, fingerprintFromWire(sent(t, fingerprintToWire(fingerprint))))
	exit := full[Exit]()
	same("exit", exit, *exitFromWire(sent(t, exitToWire(&exit))))
	progress := full[Progress]()
	same("progress", progress, progressFromWire(sent(t, progressToWire(progress))))
	chunk := full[LogChunk]()
	same("log chunk", chunk, chunkFromWire(sent(t, chunkToWire(chunk))))
	held := full[Held]()
	same("held", held, heldFromWire(sent(t, heldToWire(held))))
	diagnostic := full[Diagnostic]()
	same("diagnostic", diagnostic, diagnosticFromWire(sent(t, diagnosticToWire(diagnostic))))

	schema, err := SchemaOf(&everything{})
	if err != nil {
		t.Fatal(err)
	}
	description := Description{Name: "n", Version: "v", Doc: "d", Config: schema, Options: schema, Capabilities: full[Capabilities]()}
	same("description", description, descriptionFromWire(sent(t, descriptionToWire(description))))
}

func TestZeroValuesCrossTheWire(t *testing.T) {
	for name, want := range map[string]Task{
		"all zero":          {Attempt: "a"},
		"empty is not none": {Attempt: "a", Container: Container{Entrypoint: []string{}, Command: []string{}}},
		"swappiness 0":      {Attempt: "a", Resources: Resources{MemorySwappiness: new(int64)}},
		"pull if missing":   {Attempt: "a", Container: Container{Pull: PullMissing}},
	} {
		wire, err := taskToWire(&want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := taskFromWire(sent(t, wire))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if exit := exitFromWire(sent(t, exitToWire(&Exit{Reason: Exited}))); !exit.Started.IsZero() || !exit.Succeeded() {
		t.Errorf("exit %+v", exit)
	}
}

func TestNumbersOfEnumerationsAgree(t *testing.T) {
	words := func(enum protoreflect.Enum, prefix string, offset int, name func(int) string) {
		values := enum.Descriptor().Values()
		for i := 1; i < values.Len(); i++ { // 0 is unspecified
			value := values.Get(i)
			want := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(string(value.Name()), prefix)), "_", " ")
			if got := name(int(value.Number()) - offset); got != want {
				t.Errorf("%s is %q in Go", value.Name(), got)
			}
		}
	}
	words(executorv1.State(0), "STATE_", 0, func(n int) string { return State(n).String() })
	words(executorv1.Reason(0), "REASON_", 0, func(n int) string { return Reason(n).String() })
	words(executorv1.Health(0), "HEALTH_", 0, func(n int) string { return Health(n).String() })
	words(executorv1.Role(0), "ROLE_", 0, func(n int) string { return Role(n).String() })
	words(executorv1.Stream(0), "STREAM_", 0, func(n int) string { return Stream(n).String() })
	words(executorv1.ErrorKind(0), "ERROR_KIND_", 1, func(n int) string { return Kind(n).String() })
	for goType, wireType := range map[Type]executorv1.Type{
		TypeString: executorv1.Type_TYPE_STRING, TypeInt: executorv1.Type_TYPE_INT, TypeFloat: executorv1.Type_TYPE_FLOAT,
		TypeBool: executorv1.Type_TYPE_BOOL, TypeDuration: executorv1.Type_TYPE_DURATION, TypeSize: executorv1.Type_TYPE_SIZE,
		TypeList: executorv1.Type_TYPE_LIST, TypeMap: executorv1.Type_TYPE_MAP, TypeObject: executorv1.Type_TYPE_OBJECT, TypeAny: executorv1.Type_TYPE_ANY,
	} {
		if int(goType) != int(wireType) {
			t.Errorf("%v is %v on the wire", goType, wireType)
		}
	}
}

func TestErrorsCrossTheWire(t *testing.T) {
	ctx := context.Background()
	diagnostics := Diagnostics{{Path: []string{"options", "cap_add", "0"}, Summary: "s", Detail: "d"}}
	for kind := Unknown; kind <= Unimplemented; kind++ {
		err := errorFromWire(ctx, errorToWire(fmt.Errorf("outer: %w", &Error{Kind: kind, Message: "inner", Diagnostics: diagnostics})))
		want := &Error{Kind: kind, Message: "outer: inner", Diagnostics: diagnostics}
		var got *Error
		if !errors.As(err, &got) || got.Kind != want.Kind || got.Message != want.Message || !cmp.Equal(got.Diagnostics, want.Diagnostics) {
			t.Errorf("%v arrived as %#v", kind, err)
		}
	}
	if err := errorFromWire(ctx, errorToWire(errors.New("bad \xff bytes"))); KindOf(err) != Unknown || err.Error() != "bad \uFFFD bytes" {
		t.Errorf("a plain error arrived as %#v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for _, test := range []struct {
		ctx  context.Context
		err  error
		want Kind
		is   error
	}{
		{ctx, status.Error(codes.Unavailable, "EOF"), Unavailable, nil},
		{ctx, status.Error(codes.Canceled, "closing"), Unavailable, nil},
		{ctx, status.Error(codes.Unimplemented, "method"), Unimplemented, nil},
		{ctx, status.Error(codes.ResourceExhausted, "message too large"), Unknown, nil},
		{cancelled, status.Error(codes.Canceled, "context canceled"), Unknown, context.Canceled},
	} {
		err := errorFromWire(test.ctx, test.err)
		if KindOf(err) != test.want || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%v arrived as %#v", test.err, err)
		}
	}
}

func TestWhatALaterVersionSends(t *testing.T) {
	if got := exitFromWire(&executorv1.Exit{Reason: 99}); got.Succeeded() || got.Reason == 0 {
		t.Errorf("an unknown reason is read as %+v", got)
	}
	if got := fingerprintFromWire(&executorv1.FingerprintResponse{Health: 99}); got.Health != Unhealthy {
		t.Errorf("an unknown health is read as %v", got.Health)
	}
	if _, known := eventFromWire(&executorv1.WatchResponse{Event: &executorv1.WatchResponse_State{State: 99}}); known {
		t.Error("an unknown state is passed on")
	}
	if _, known := eventFromWire(&executorv1.WatchResponse{}); known {
		t.Error("an unknown event is passed on")
	}
	if got := fieldFromWire(&executorv1.Field{Name: "a", Type: 99}); got.Type != TypeAny {
		t.Errorf("an unknown type is read as %v", got.Type)
	}
	if got := kindFromWire(&executorv1.ErrorDetail{Kind: 99, Retryable: true}); got != Unavailable {
		t.Errorf("an unknown retryable kind is read as %v", got)
	}
	if _, err := taskFromWire(&executorv1.Task{Attempt: "a", Mounts: []*executorv1.Mount{{Role: 99}}}); err == nil {
		t.Error("a mount of an unknown role is taken")
	}
}
