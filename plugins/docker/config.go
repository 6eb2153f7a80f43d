package docker

import (
	"errors"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Config is the site's configuration of the executor.
type Config struct {
	Endpoint       string        `raddeploy:"endpoint" default:"unix:///var/run/docker.sock" doc:"Where the engine is: unix:///path or tcp://host:port."`
	TLS            TLS           `raddeploy:"tls" doc:"Certificates for an engine that is reached over TCP."`
	RegistryConfig string        `raddeploy:"registry_config" doc:"A config.json as docker login writes it, with credentials for registries. Default: the one in the home folder of the agent's user, if there is one."`
	Network        string        `raddeploy:"network" doc:"The network of containers, such as none, bridge, host or one made by docker network create. Default: the engine's."`
	GPUs           string        `raddeploy:"gpus" enum:"auto|cdi|nvidia" default:"auto" doc:"How GPUs are asked for. auto: by CDI where the engine and the host know it, else from NVIDIA's runtime."`
	Mounts         string        `raddeploy:"mounts" enum:"auto|local|copy" default:"auto" doc:"How files get into containers. local: the engine shares the agent's file system. copy: through the engine's API. auto: local where that works."`
	PullPatience   time.Duration `raddeploy:"pull_patience" default:"3s" doc:"How long a silent registry is waited for when the image is already there."`
	PullAgain      time.Duration `raddeploy:"pull_again" default:"1m" doc:"How long an image that is there is used without asking again after its registry refused or did not answer."`
	StopGrace      time.Duration `raddeploy:"stop_grace" default:"10s" doc:"How long a container that exceeds its time is asked to end before it is killed."`
	LogMaxSize     sdk.Size      `raddeploy:"log_max_size" default:"100m" doc:"The size at which a container's log is continued in a new file."`
	LogMaxFiles    int           `raddeploy:"log_max_files" default:"5" doc:"How many such files are kept; beyond them the oldest output is lost."`
}

// TLS names the certificates for an engine that is reached over TCP.
type TLS struct {
	CAFile   string `raddeploy:"ca_file" doc:"Certificate authority that the engine's certificate is checked against."`
	CertFile string `raddeploy:"cert_file" doc:"Certificate that the executor shows to the engine."`
	KeyFile  string `raddeploy:"key_file" doc:"Key of cert_file."`
}

func (c *Config) check() error {
	switch {
	case c.PullPatience <= 0:
		return errors.New("pull_patience must be longer than nothing")
	case c.LogMaxSize < 1<<20:
		return errors.New("log_max_size must be 1m or more")
	case c.LogMaxFiles < 1:
		return errors.New("log_max_files must be 1 or more")
	case (c.TLS.CertFile == "") != (c.TLS.KeyFile == ""):
		return errors.New("tls needs both cert_file and key_file, or neither")
	}
	return nil
}
