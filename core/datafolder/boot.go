package datafolder

import (
	"os"
	"strings"
)

// boot is the kernel's name of this boot of the host; "" where there is none.
func boot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
