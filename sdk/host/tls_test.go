package host_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

type plaintext struct {
	executorv1.UnimplementedExecutorServer
}

func (plaintext) Describe(context.Context, *executorv1.DescribeRequest) (*executorv1.DescribeResponse, error) {
	return &executorv1.DescribeResponse{Name: "plaintext"}, nil
}

func TestPluginWithoutCertificateIsNotCalled(t *testing.T) {
	folder := t.TempDir()
	socket := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	executorv1.RegisterExecutorServer(server, plaintext{})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-served })

	program := filepath.Join(folder, "plugin")
	script := fmt.Sprintf("#!/bin/sh\necho '1|1|unix|%s|grpc|'\nread line\n", socket)
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	client, err := host.Launch(t.Context(), host.Options{Path: program})
	if err == nil {
		t.Fatalf("launched %+v", client.Description())
	}
}

func TestOthersCannotCallThePlugin(t *testing.T) {
	sockets := t.TempDir()
	client := launch(t, host.Options{SocketDir: sockets})
	found, err := filepath.Glob(filepath.Join(sockets, "*", "plugin*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("sockets %v, %v", found, err)
	}
	conn, err := grpc.NewClient("unix:"+found[0], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := sdk.NewClient(conn).Describe(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("described to a stranger: %v", err)
	}
	if _, err := client.Describe(t.Context()); err != nil {
		t.Errorf("the agent itself: %v", err)
	}
	if info, err := os.Stat(filepath.Dir(found[0])); err != nil || !strings.HasSuffix(info.Mode().String(), "------") {
		t.Errorf("the socket's folder: %v, %v", info.Mode(), err)
	}
}
