package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// parent launches a plugin, tells its process id, and waits to be killed.
func parent() int {
	client, err := host.Launch(context.Background(), host.Options{Path: os.Getenv("HOST_TEST_PROGRAM"), SocketDir: os.Getenv("HOST_TEST_SOCKETS")})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(client.PID())
	select {}
}

func TestPluginEndsWhenItsParentIsKilled(t *testing.T) {
	sockets := t.TempDir()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "HOST_TEST_ROLE=parent", "HOST_TEST_PROGRAM="+program, "HOST_TEST_SOCKETS="+sockets)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	n, err := output.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatalf("the parent said %q", line[:n])
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	within(t, 5*time.Second, "the plugin still runs after its parent was killed", func() bool { return gone(pid) })
	if left, _ := os.ReadDir(sockets); len(left) > 0 {
		t.Errorf("the plugin left %v", left)
	}
}

// gone also takes a process for gone that ended and was not yet reaped by
// whoever inherited it.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

func TestCallsEndWhenThePluginIsKilled(t *testing.T) {
	client, _ := configured(t, host.Options{})
	options := []byte(`{"hold": true}`)
	if _, err := client.Start(t.Context(), &sdk.Task{Attempt: "a", Options: options}); err != nil {
		t.Fatal(err)
	}
	running := make(chan struct{}, 1)
	watched := make(chan error, 1)
	go func() {
		watched <- client.Watch(context.Background(), "a", func(sdk.Event) error { running <- struct{}{}; return nil })
	}()
	<-running
	if err := syscall.Kill(client.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-watched; sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("watch ended with %v, want an error of kind Unavailable", err)
	}
	<-client.Exited()
	if _, err := client.List(t.Context()); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("list ended with %v, want an error of kind Unavailable", err)
	}
}

// The largest flow fits into a message to the plugin, and what the plugin has
// against it into the answer.
func TestLargeMessages(t *testing.T) {
	client, _ := configured(t, host.Options{})
	if found, err := client.ValidateTask(t.Context(), &sdk.Task{Attempt: "a", Extra: bytes.Repeat([]byte("x"), 10<<20)}); err != nil || found.Failed() {
		t.Errorf("a large task: %v, %v", found, err)
	}
	unknown := map[string]bool{}
	for i := range 50_000 {
		unknown[fmt.Sprintf("word-%d", i)] = true
	}
	options, err := json.Marshal(unknown)
	if err != nil {
		t.Fatal(err)
	}
	var typed *sdk.Error
	_, err = client.ValidateTask(t.Context(), &sdk.Task{Attempt: "a", Options: options})
	if !errors.As(err, &typed) || typed.Kind != sdk.InvalidArgument || len(typed.Diagnostics) < 100 || !strings.Contains(typed.Diagnostics[len(typed.Diagnostics)-1].Summary, "further") {
		t.Errorf("%.300v; want some complaints about the words, and how many others there are", err)
	}
}

func TestCloseEndsTheProcessAndCleansUp(t *testing.T) {
	sockets := t.TempDir()
	for _, end := range []string{"close", "kill"} {
		client := launch(t, host.Options{SocketDir: sockets})
		pid := client.PID()
		if end == "close" {
			client.Close()
		} else {
			client.Kill()
		}
		if !gone(pid) {
			t.Errorf("%s: the plugin still runs", end)
		}
	}
	if left, _ := os.ReadDir(sockets); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPluginLeavesSignalsToTheAgent(t *testing.T) {
	client, _ := configured(t, host.Options{})
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := syscall.Kill(client.PID(), signal); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.List(t.Context()); err != nil {
		t.Errorf("after the signals: %v", err)
	}
}

// within polls for what has no event to wait for.
func within(t *testing.T, limit time.Duration, otherwise string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatal(otherwise)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// locked is a buffer that a logger and a test share.
type locked struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// the logger holds mu
func (l *locked) Write(data []byte) (int, error) { return l.buffer.Write(data) }

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}
