package sdk_test

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// The words that a site may write into an executor's config block are the
// fields of a struct.
type config struct {
	Endpoint string        `raddeploy:"endpoint" default:"unix:///run/engine.sock" doc:"where the engine listens"`
	Timeout  time.Duration `raddeploy:"timeout" default:"10s" doc:"how long the engine may take to answer"`
	Cache    sdk.Size      `raddeploy:"cache" default:"2GiB" doc:"how much is kept of images that are not used"`
	Runtime  string        `raddeploy:"runtime" enum:"runc|crun" required:"true" doc:"what containers are run by"`
}

func ExampleDecode() {
	var c config
	found := sdk.Decode([]byte(`{"runtime": "crun", "timeout": "1m30s", "cache": "512m"}`), &c, "config")
	fmt.Println(len(found), c.Endpoint, c.Timeout, c.Cache, c.Runtime)

	for _, diagnostic := range sdk.Decode([]byte(`{"runtime": "runsc", "endpont": "unix:///x", "cache": true}`), &c, "config") {
		fmt.Println(diagnostic)
	}
	// Output:
	// 0 unix:///run/engine.sock 1m30s 512MiB crun
	// config.endpont: unknown word "endpont": did you mean endpoint?
	// config.cache: "cache" must be a size such as "2g" or a number of bytes, not true or false
	// config.runtime: "runtime" must be one of ["runc" "crun"], not "runsc"
}
