package crash_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// programs are what every test runs. They are built once, before the first test.
var programs testenv.Programs

func TestMain(m *testing.M) { os.Exit(testenv.Main(m, &programs)) }

// seed is RADDEPLOY_SEED, or a new one.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("RADDEPLOY_SEED")
	if text == "" {
		return rand.Uint64N(1_000_000)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("RADDEPLOY_SEED: %v", err)
	}
	return n
}

// number is the number in a variable of the environment.
func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: want a number above 0", variable, text)
	}
	return n
}

// soaking is how long the tests go on with new seeds: RADDEPLOY_SOAK.
func soaking(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("RADDEPLOY_SOAK")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("RADDEPLOY_SOAK: %v", err)
	}
	return d
}
