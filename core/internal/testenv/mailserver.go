package testenv

import (
	"bufio"
	_ "embed" // for the program of the server
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed peers/smtp.py
var smtpServer string

// MailServer is an SMTP server with TLS and logins: user raddeploy, password right.
// Recipients named refused, full and later are refused: for good, for now, and the
// first time.
type MailServer struct {
	Port   string
	Folder string // a file named after-data there has messages refused for now, after their data
	t      testing.TB
}

// StartMail starts one on this host, whose security is starttls, tls or none. Without
// aiosmtpd the test is skipped, or fails under CI.
func StartMail(t testing.TB, security, certificate, key string) *MailServer {
	t.Helper()
	if err := exec.Command("/usr/bin/python3", "-I", "-c", "import aiosmtpd").Run(); err != nil {
		Missing(t, "no aiosmtpd: run make services-smtp")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	m := &MailServer{Port: port, Folder: t.TempDir(), t: t}
	command := exec.Command("/usr/bin/python3", program(t, "smtp.py", smtpServer), port, m.Folder, certificate, key, security)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("mail server: %q, %v", line, err)
	}
	return m
}

// Messages are what it took for an address, in their order.
func (m *MailServer) Messages(recipient string) (all []string) {
	m.t.Helper()
	files, err := filepath.Glob(filepath.Join(m.Folder, "*-"+recipient+".eml"))
	if err != nil {
		m.t.Fatal(err)
	}
	for _, file := range files { // sorted by their numbers
		text, err := os.ReadFile(file)
		if err != nil {
			m.t.Fatal(err)
		}
		all = append(all, strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return all
}
