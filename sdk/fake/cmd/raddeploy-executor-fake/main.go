// Command raddeploy-executor-fake is package fake as a plugin, for tests.
package main

import (
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

func main() { sdk.Main(fake.Plugin()) }
