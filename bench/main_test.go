package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// table is what all benchmarks found; TestMain prints it.
var table report

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		os.Exit(m.Run()) // nothing is measured
	}
	os.Exit(measure(m))
}

func measure(m *testing.M) int {
	load, _ := os.ReadFile("/proc/loadavg") // nothing to say where there is none
	fmt.Printf("load of this machine when the measurements began: %s\n", strings.TrimSpace(string(load)))
	remove, err := makeSeries()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	code := m.Run()
	table.print(os.Stdout)
	if err := remove(); err != nil {
		fmt.Println(err)
		return 1
	}
	return code
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
