package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// imageUser is who runs in the image.
const imageUser = 10001

// buildImage makes the image as its Dockerfile says, of the programs under test.
func buildImage(t *testing.T) (image string) {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for from, to := range map[string]string{programs.Agent: "bin/raddeploy", programs.Plugins: "bin/plugins", filepath.Join(root, "configs/docker"): "configs/docker"} {
		to = filepath.Join(dir, to)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if output, err := exec.CommandContext(t.Context(), "cp", "-r", from, to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
	}
	image = strings.ToLower("raddeploy-test:" + filepath.Base(filepath.Dir(dir)))
	if output, err := exec.CommandContext(t.Context(), "docker", "build", "-q", "-t", image, "-f", filepath.Join(dir, "configs/docker/Dockerfile"), dir).CombinedOutput(); err != nil {
		t.Fatalf("docker build: %v: %s", err, output)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "image", "rm", "-f", image) })
	return image
}

// The agent in a container as the compose file runs it: an ordinary user, a read-only
// root, the host's Docker. It receives, runs a model and keeps what it knows when the
// container is made anew.
func TestTheImage(t *testing.T) {
	t.Parallel()
	testenv.Docker(t, 1)
	compose := testenv.Tool(t, "docker-compose")
	socket, err := os.Stat("/var/run/docker.sock")
	if err != nil {
		testenv.Missing(t, err.Error())
	}
	if os.Getuid() != 0 {
		testenv.Missing(t, "only root can give the data to another user")
	}
	image := buildImage(t)
	config, data, port := t.TempDir(), t.TempDir(), testenv.FreePort(t)
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(config, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("site.hcl", fmt.Sprintf("data_dir = %q\ndicom {\n listen = \"127.0.0.1:%d\"\n}\nhttp {\n listen = \"127.0.0.1:0\"\n}\nretention {\n reserve = \"1MiB\"\n}\n"+
		"executor \"docker\" {\n cpus = 1\n}\n", filepath.Join(data, "data"), port))
	write("flows/copy.yaml", "triggers: [{Modality: CT}]\nmodels: [{image: busybox, pull_before_exec: false, command: [sh, -c, cp -r /input/. /output/]}]\n")
	if err := os.Chown(data, imageUser, imageUser); err != nil {
		t.Fatal(err)
	}

	project := "raddeploytest" + fmt.Sprint(port)
	root, _ := testenv.Root()
	composed := func(args ...string) *exec.Cmd {
		command := exec.Command(compose, append([]string{"-p", project, "-f", filepath.Join(root, "configs/docker/compose.yaml")}, args...)...)
		command.Env = append(os.Environ(), "RADDEPLOY_IMAGE="+image, "RADDEPLOY_DATA="+data, "RADDEPLOY_CONFIG="+config,
			fmt.Sprint("DOCKER_GID=", socket.Sys().(*syscall.Stat_t).Gid))
		return command
	}
	must := func(args ...string) string {
		t.Helper()
		output, err := composed(args...).CombinedOutput()
		if err != nil {
			t.Fatalf("docker-compose %v: %v: %s", args, err, output)
		}
		return string(output)
	}
	t.Cleanup(func() {
		if t.Failed() {
			output, _ := composed("logs", "--no-color").CombinedOutput()
			t.Logf("%s", output)
		}
		if output, err := composed("down", "-t", "30").CombinedOutput(); err != nil {
			t.Errorf("docker-compose down: %v: %s", err, output)
		}
	})
	up := func() (container string) {
		t.Helper()
		must("up", "-d", "--no-build")
		container = strings.TrimSpace(must("ps", "-q"))
		testenv.Until(t, "the container to be healthy", func() (bool, string) {
			state, _ := testenv.Command(t, "docker", "inspect", "-f", "{{.State.Status}} {{.State.Health.Status}} {{json .State.Health.Log}}", container)
			return strings.HasPrefix(state, "running healthy"), state
		})
		return container
	}
	runs := func(container string) (all []api.Run) {
		t.Helper()
		output, err := exec.CommandContext(t.Context(), "docker", "exec", container, "raddeploy", "runs", "-json").Output()
		if err != nil {
			t.Fatalf("runs: %v: %s", err, output)
		}
		if err := json.Unmarshal(output, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}

	container := up()
	if output, err := testenv.Command(t, "echoscu", "127.0.0.1", fmt.Sprint(port)); err != nil {
		t.Fatalf("echoscu: %v: %s", err, output)
	}
	if output, err := testenv.Storescu(t, fmt.Sprintf("127.0.0.1:%d", port), nil, testenv.Write(t, testenv.Object{})...); err != nil {
		t.Fatalf("storescu: %v: %s", err, output)
	}
	testenv.Until(t, "a run to be done", func() (bool, string) {
		all := runs(container)
		return len(all) == 1 && all[0].State == run.Done, fmt.Sprintf("%+v", all)
	})
	owners, err := testenv.Command(t, "docker", "inspect", "-f", "{{.Config.User}} {{.Config.StopSignal}} {{.HostConfig.ReadonlyRootfs}}", container)
	if err != nil || strings.TrimSpace(owners) != "10001:10001 SIGTERM true" {
		t.Errorf("user, stop signal, read-only: %s, %v", owners, err)
	}
	first := runs(container)[0].ID

	must("stop")
	if code, _ := testenv.Command(t, "docker", "inspect", "-f", "{{.State.ExitCode}}", container); strings.TrimSpace(code) != "0" {
		t.Errorf("the agent was stopped with exit code %s", code)
	}
	must("rm", "-f")
	again := up()
	if all := runs(again); again == container || len(all) != 1 || all[0].ID != first {
		t.Errorf("in a new container there are the runs %+v, want %s", all, first)
	}
}
