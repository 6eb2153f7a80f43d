package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// table is what all benchmarks found; TestMain prints it.
var table report

func TestMain(m *testing.M) {
	load, _ := os.ReadFile("/proc/loadavg") // nothing to say where there is none
	fmt.Printf("load of this machine when the measurements began: %s\n", strings.TrimSpace(string(load)))
	code := m.Run()
	table.print(os.Stdout)
	os.Exit(code)
}

// program returns the path of the built agent.
func program(b *testing.B) string {
	b.Helper()
	bin := os.Getenv("RADDEPLOY_BIN")
	if bin == "" {
		bin = filepath.Join("..", "bin")
	}
	path, err := filepath.Abs(filepath.Join(bin, "raddeploy"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Fatalf("no agent to measure: %v: run make build", err)
	}
	return path
}
