package testenv

import (
	"context"
	_ "embed" // for the programs of peers
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

//go:embed peers/odil_provider.py
var odilProvider string

//go:embed peers/dcmjs.js
var dcmjsPeer string

// Implementation is somebody else's implementation of DICOM, as user and as
// provider.
type Implementation struct {
	Name  string
	echo  func(t testing.TB, host, port string) []string
	store func(t testing.TB, host, port string, files []string) [][]string // commands
	serve func(t testing.TB, port, dir string) []string
	env   []string
}

// Implementations are those that share nothing with dcmtk, Orthanc or each other.
func Implementations() []*Implementation {
	return []*Implementation{
		{Name: "odil",
			echo: func(t testing.TB, host, port string) []string {
				return []string{Tool(t, "odil"), "echo", host, port, "ODIL", "SCP"}
			},
			store: func(t testing.TB, host, port string, files []string) [][]string {
				return [][]string{append([]string{Tool(t, "odil"), "store", host, port, "ODIL", "SCP"}, files...)}
			},
			serve: func(t testing.TB, port, dir string) []string {
				Tool(t, "odil")
				return []string{"/usr/bin/python3", program(t, "odil_provider.py", odilProvider), port, dir}
			}},
		{Name: "pixelmed",
			echo: func(t testing.TB, host, port string) []string {
				return pixelmed(t, "VerificationSOPClassSCU", host, port, "SCP", "PIXELMED", "NONSECURE")
			},
			store: func(t testing.TB, host, port string, files []string) (commands [][]string) {
				for _, file := range files { // its other way to send needs a window
					commands = append(commands, pixelmed(t, "StorageSOPClassSCU", host, port, "SCP", "PIXELMED", file, "1.2.840.10008.5.1.4.1.1.2", "0"))
				}
				return commands
			},
			serve: func(t testing.TB, port, dir string) []string {
				return pixelmed(t, "StorageSOPClassSCPDispatcher", port, "ANY-SCP", dir)
			}},
		{Name: "dcmjs-dimse", env: []string{"NODE_PATH=" + dcmjs},
			echo: func(t testing.TB, host, port string) []string { return node(t, "echo", host, port) },
			store: func(t testing.TB, host, port string, files []string) [][]string {
				return [][]string{node(t, append([]string{"store", host, port}, files...)...)}
			},
			serve: func(t testing.TB, port, dir string) []string { return node(t, "serve", port, dir) }},
	}
}

// program writes a program of a peer into a file.
func program(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pixelmed(t testing.TB, class string, args ...string) []string {
	t.Helper()
	if _, err := os.Stat("/usr/share/java/pixelmed.jar"); err != nil {
		Missing(t, "no pixelmed: run make services-pixelmed")
	}
	return append([]string{Tool(t, "java"), "-cp", "/usr/share/java/*", "com.pixelmed.network." + class}, args...)
}

const dcmjs = "/var/lib/raddeploy-dcmjs/node_modules"

func node(t testing.TB, args ...string) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dcmjs, "dcmjs-dimse")); err != nil {
		Missing(t, "no dcmjs-dimse: run make services-dcmjs")
	}
	return append([]string{Tool(t, "node"), program(t, "dcmjs.js", dcmjsPeer)}, args...)
}

// Echo has it send C-ECHO.
func (i *Implementation) Echo(t testing.TB, host, port string) { i.run(t, i.echo(t, host, port)) }

// Store has it send CT images.
func (i *Implementation) Store(t testing.TB, host, port string, files ...string) {
	for _, command := range i.store(t, host, port, files) {
		i.run(t, command)
	}
}

func (i *Implementation) run(t testing.TB, command []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Env = append(os.Environ(), i.env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", i.Name, err, out[max(0, len(out)-2000):])
	}
}

// Serve starts it as a provider that accepts everything, and returns its address
// and the folder in which it keeps objects, a file each.
func (i *Implementation) Serve(t testing.TB) (address, dir string) {
	t.Helper()
	dir = t.TempDir()
	port := strconv.Itoa(FreePort(t))
	command := i.serve(t, port, dir)
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Env = append(os.Environ(), i.env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = c.Wait() }) // it was killed
	address = net.JoinHostPort("127.0.0.1", port)
	i.Ready(t, address)
	return address, dir
}

// Ready waits until it listens: odil does anew for each association, so that a
// connection to find out would be the one.
func (i *Implementation) Ready(t testing.TB, address string) {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	Until(t, i.Name+" to listen", func() (bool, string) {
		l, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return true, err.Error()
		}
		return false, fmt.Sprint("the port is free", l.Close())
	})
}
