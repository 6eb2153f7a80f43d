package testenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// Archiver is a dcmtk dcmqrscp: an archive that stores.
type Archiver struct{ port int }

// Dcmqrscp starts an archive with an empty database on a free port.
func Dcmqrscp(t testing.TB, options ...string) *Archiver {
	t.Helper()
	dir, a := t.TempDir(), &Archiver{port: FreePort(t)}
	config := filepath.Join(dir, "dcmqrscp.cfg")
	text := fmt.Sprintf(`NetworkTCPPort = %d
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE %s RW (500, 1024mb) ANY
AETable END
`, a.port, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, Tool(t, "dcmqrscp"), append(options, "-c", config)...)
	output := newLog()
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = command.Wait() }) // it was killed
	Until(t, "dcmqrscp to listen", func() (bool, string) {
		conn, err := net.Dial("tcp", a.Address())
		if err != nil {
			return false, err.Error() + output.String()
		}
		return true, fmt.Sprint(conn.Close())
	})
	return a
}

// Address is where the archive listens: host and port.
func (a *Archiver) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(a.port)) }

// Dialer requests associations with the archive, which knows itself by one title
// only.
func (*Archiver) Dialer() *dimse.Dialer { return &dimse.Dialer{CalledAE: "ARCHIVE"} }
