package containerd

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Config is the site's configuration of the executor.
type Config struct {
	Endpoint       string        `raddeploy:"endpoint" default:"unix:///run/containerd/containerd.sock" doc:"Where containerd is, as unix:///path."`
	Namespace      string        `raddeploy:"namespace" default:"raddeploy" doc:"containerd's namespace for containers and images. Images of other namespaces are not used."`
	Snapshotter    string        `raddeploy:"snapshotter" default:"overlayfs" doc:"containerd's plugin that keeps the files of images and containers."`
	Runtime        string        `raddeploy:"runtime" default:"io.containerd.runc.v2" doc:"containerd's runtime."`
	RegistryHosts  string        `raddeploy:"registry_hosts" default:"/etc/containerd/certs.d" doc:"A folder with a folder for each registry, with its hosts.toml: addresses, mirrors and certificates. It need not be there."`
	RegistryConfig string        `raddeploy:"registry_config" doc:"A config.json as docker login writes it, with credentials for registries. Default: the one in the home folder of the agent's user, if there is one."`
	Network        string        `raddeploy:"network" enum:"none|host|cni" default:"none" doc:"The network of containers. cni: the one that cni_config_dir configures."`
	CNIConfigDir   string        `raddeploy:"cni_config_dir" default:"/etc/cni/net.d" doc:"The folder of CNI's configurations; the first one by name counts."`
	CNIPluginDirs  []string      `raddeploy:"cni_plugin_dirs" doc:"Folders of CNI's plugins. Default: /opt/cni/bin and /usr/lib/cni."`
	CDISpecDirs    []string      `raddeploy:"cdi_spec_dirs" doc:"Folders of CDI specs, which say what GPUs there are. Default: /etc/cdi and /var/run/cdi."`
	Mounts         string        `raddeploy:"mounts" enum:"auto|copy" default:"auto" doc:"How inputs become private. auto: as the lower layer of an overlay where that works. copy: always copied."`
	SeccompProfile string        `raddeploy:"seccomp_profile" doc:"A seccomp profile as the OCI runtime specification has it, or unconfined. Default: the same system calls as Docker's."`
	AppArmor       string        `raddeploy:"apparmor_profile" doc:"A loaded AppArmor profile for containers, or unconfined. Default: what Docker's containers have, where the host has AppArmor."`
	NoNewPrivs     bool          `raddeploy:"no_new_privileges" default:"false" doc:"Whether programs with the setuid bit, such as sudo, are kept from working in containers."`
	PullPatience   time.Duration `raddeploy:"pull_patience" default:"3s" doc:"How long a silent registry is waited for when the image is already there."`
	PullAgain      time.Duration `raddeploy:"pull_again" default:"1m" doc:"How long an image that is there is used without asking again after its registry refused or did not answer."`
	StopGrace      time.Duration `raddeploy:"stop_grace" default:"10s" doc:"How long a container that exceeds its time is asked to end before it is killed."`
	LogMaxSize     sdk.Size      `raddeploy:"log_max_size" default:"500m" doc:"How much of each of a container's two outputs is kept; beyond it the oldest is lost."`
}

func (c *Config) check() error {
	switch {
	case !filepath.IsAbs(c.socket()):
		return errors.New(`endpoint must be the path of containerd's socket, such as "unix:///run/containerd/containerd.sock"`)
	case c.PullPatience <= 0:
		return errors.New("pull_patience must be longer than nothing")
	case c.LogMaxSize < 1<<20:
		return errors.New("log_max_size must be 1m or more")
	}
	return nil
}

func (c *Config) socket() string { return strings.TrimPrefix(c.Endpoint, "unix://") }

func (c *Config) cdiDirs() []string {
	if len(c.CDISpecDirs) == 0 {
		return []string{"/etc/cdi", "/var/run/cdi"}
	}
	return c.CDISpecDirs
}

func (c *Config) cniPluginDirs() []string {
	if len(c.CNIPluginDirs) == 0 {
		return []string{"/opt/cni/bin", "/usr/lib/cni"}
	}
	return c.CNIPluginDirs
}
