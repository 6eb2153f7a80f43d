package config

import (
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/core/lang"
)

// Site is a site's whole configuration. Paths are absolute or relative to the
// working directory.
type Site struct {
	Name      string
	DataDir   string
	PluginDir string // "": beside the agent's program
	TarSubdir []string
	DICOM     DICOM
	// folders of flow files, and those of the site's own files that hold flow
	// blocks
	FlowDirs     []string
	StaticDir    string
	Executors    []Executor // none: the agent takes what it finds
	Destinations Destinations
	Delivery     Delivery
	HTTP         HTTP
	Audit        Audit
	Notify       Notifies
	Retention    Retention
	Log          Log
	// CPUs and GPUs are for the executor that the agent finds where there is no
	// executor block.
	CPUs int
	GPUs []string
}

// Absolute makes the folders absolute that executors are told: they know no
// working directory.
func (s *Site) Absolute() (err error) {
	for _, dir := range []*string{&s.DataDir, &s.StaticDir} {
		if *dir, err = filepath.Abs(*dir); err != nil {
			return err
		}
	}
	return nil
}

// Executor is one configured instance of an executor plugin.
type Executor struct {
	Plugin   string
	Instance string // default: the plugin's name
	CPUs     int    // tasks without a GPU at once; default: DefaultCPUs
	// CPUsByDefault says that the site does not. Then a backend that is no part
	// of this host may be given more.
	CPUsByDefault bool
	GPUs          []string
	// GiveUpAfter is how long a task is tried that infrastructure failed here.
	// 0: 24 hours.
	GiveUpAfter time.Duration
	Allow       []string // words that flows may use beyond those of a container
	Path        string   // of the plugin's program; "": where plugins are
	SHA256      string   // that the program has to have; "": any
	// Config is what the plugin's own schema reads; nil if there is no config
	// block. See [lang.DecodeWithSchema].
	Config *lang.Node
	At     lang.Range // of the block
}

// Delivery is how patient sending is.
type Delivery struct {
	GiveUpAfter time.Duration
	RetryMin    time.Duration // before the second try; it doubles from try to try
	RetryMax    time.Duration
}

// Retention is how long things are kept.
type Retention struct {
	Files    time.Duration // objects, inputs and outputs after the last run that needs them has ended
	Runs     time.Duration // what is known about runs
	Logs     time.Duration // what tasks printed
	Reserve  uint64        // bytes of the disk that are left free
	FilesMin time.Duration // files that are younger stay, however short the disk is
	LogSize  uint64        // bytes that are kept of each stream that a task prints; 0: all
}

// Log is what the agent writes about itself.
type Log struct {
	Level  string // trace, debug, info, warn, error
	Format string // text, json
	File   string // "": standard error
}
