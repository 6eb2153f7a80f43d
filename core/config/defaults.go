package config

import (
	"path/filepath"
	"runtime"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
)

// Default returns what a site is whose file is empty: a working agent on
// 127.0.0.1 with everything below one folder.
func Default(dataDir string) *Site {
	return &Site{
		Name:      "raddeploy",
		DataDir:   dataDir,
		FlowDirs:  []string{filepath.Join(dataDir, "flows")},
		StaticDir: filepath.Join(dataDir, "static"),
		CPUs:      DefaultCPUs(),
		DICOM: DICOM{
			AETitle:  "RadDeploy",
			Listener: Listener{Listen: "127.0.0.1:10000"},
			Complete: flow.Complete{On: flow.OnAssociation},
			OnAbort:  Hold,
		},
		Delivery:  Delivery{GiveUpAfter: 24 * time.Hour, RetryMin: 5 * time.Second, RetryMax: 10 * time.Minute},
		HTTP:      HTTP{Listen: "127.0.0.1:8080"},
		Retention: Retention{Files: 7 * day, Runs: 400 * day, Logs: 400 * day, Reserve: 10 << 30, FilesMin: time.Hour, LogSize: 100 << 20},
		Log:       Log{Level: "info", Format: "text"},
	}
}

const day = 24 * time.Hour

// MaxCPUs is how many tasks an executor can be told to run at once.
const MaxCPUs = 4096

// byDefault stands for a number while the site has not said any.
const byDefault = -1

// DefaultCPUs is how many CPU tasks an executor runs at once unless the site
// says otherwise: one for each CPU of the host.
func DefaultCPUs() int { return runtime.NumCPU() }
