package containerd

// Options are the words of a model's options, spelled as docker-py's
// containers.run spells them, so that a flow runs unchanged at a Docker site
// and here.
type Options struct {
	// Words that weaken the wall between a container and its host.

	Privileged  bool              `raddeploy:"privileged" guarded:"true" doc:"Give the container the host's rights and devices."`
	CapAdd      []string          `raddeploy:"cap_add" guarded:"true" doc:"Kernel capabilities to add, such as SYS_PTRACE, or ALL."`
	Devices     []string          `raddeploy:"devices" guarded:"true" doc:"Devices of the host, as PATH[:PATH IN THE CONTAINER[:rwm]]."`
	Volumes     any               `raddeploy:"volumes" guarded:"true" doc:"Further folders of the host: a list of SOURCE:TARGET[:ro], or a map of source to {bind, mode}."`
	Network     string            `raddeploy:"network" guarded:"true" doc:"The network, instead of the site's: none, host or cni."`
	NetworkMode string            `raddeploy:"network_mode" guarded:"true" doc:"The same as network."`
	PIDMode     string            `raddeploy:"pid_mode" guarded:"true" enum:"host" doc:"host: see the host's processes."`
	UTSMode     string            `raddeploy:"uts_mode" guarded:"true" enum:"host" doc:"host: have the host's name."`
	SecurityOpt []string          `raddeploy:"security_opt" guarded:"true" doc:"seccomp=unconfined, seccomp=FILE, apparmor=PROFILE or no-new-privileges."`
	Sysctls     map[string]string `raddeploy:"sysctls" guarded:"true" doc:"Kernel parameters of the container's namespaces."`
	OOMScoreAdj int               `raddeploy:"oom_score_adj" guarded:"true" doc:"The kernel's preference for killing it, from -1000 to 1000."`

	// Words that concern the container alone.

	CapDrop    []string         `raddeploy:"cap_drop" doc:"Kernel capabilities to take away, or ALL."`
	Ulimits    []map[string]any `raddeploy:"ulimits" doc:"Limits such as {name: nofile, soft: 1024, hard: 4096}."`
	ExtraHosts any              `raddeploy:"extra_hosts" doc:"Further lines of /etc/hosts: a map of name to address, or a list of NAME:ADDRESS."`
	DNS        []string         `raddeploy:"dns" doc:"Name servers."`
	DNSOpt     []string         `raddeploy:"dns_opt" doc:"Options for resolv.conf."`
	DNSSearch  []string         `raddeploy:"dns_search" doc:"Domains that short names are searched in."`
	Tmpfs      any              `raddeploy:"tmpfs" doc:"Folders in memory: a map of path to options such as size=1g, or a list of paths."`
	ReadOnly   bool             `raddeploy:"read_only" doc:"Make the image's files read-only; mounts stay as they are."`
	GroupAdd   []string         `raddeploy:"group_add" doc:"Further groups of the process, by number."`
	Hostname   string           `raddeploy:"hostname" doc:"The container's host name."`
	Domainname string           `raddeploy:"domainname" doc:"The container's domain."`
	StopSignal string           `raddeploy:"stop_signal" doc:"The signal that asks the process to end, instead of the image's."`
	CPUSetMems string           `raddeploy:"cpuset_mems" doc:"Memory nodes, such as 0-1."`
	BlkioWgt   int              `raddeploy:"blkio_weight" doc:"Weight of block I/O, from 10 to 1000."`
	PIDsLimit  int64            `raddeploy:"pids_limit" doc:"How many processes there may be."`
}
