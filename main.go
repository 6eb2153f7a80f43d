// Raddeploy runs imaging AI on DICOM objects as they arrive. See `raddeploy
// -h`, and package core for the map of the program.
package main

import (
	"os"

	"github.com/raddeploy/raddeploy/core/cli"
)

func main() { os.Exit(cli.Main(os.Args)) }
