package docker

// Options are the words of a model's options, spelled as docker-py's
// containers.run spells them.
type Options struct {
	// Words that weaken the wall between a container and its host.

	Privileged     bool              `raddeploy:"privileged" guarded:"true" doc:"Give the container the host's rights and devices."`
	CapAdd         []string          `raddeploy:"cap_add" guarded:"true" doc:"Kernel capabilities to add, such as SYS_PTRACE."`
	Devices        []string          `raddeploy:"devices" guarded:"true" doc:"Devices of the host, as PATH[:PATH IN THE CONTAINER[:rwm]]."`
	Volumes        any               `raddeploy:"volumes" guarded:"true" doc:"Further folders of the host or volumes: a list of SOURCE:TARGET[:ro], or a map of source to {bind, mode}."`
	VolumesFrom    []string          `raddeploy:"volumes_from" guarded:"true" doc:"Containers whose volumes are mounted too."`
	Network        string            `raddeploy:"network" guarded:"true" doc:"The network, instead of the site's."`
	NetworkMode    string            `raddeploy:"network_mode" guarded:"true" doc:"The same as network: bridge, none, host or container:NAME."`
	PIDMode        string            `raddeploy:"pid_mode" guarded:"true" doc:"host: see the host's processes."`
	UTSMode        string            `raddeploy:"uts_mode" guarded:"true" doc:"host: have the host's name."`
	UsernsMode     string            `raddeploy:"userns_mode" guarded:"true" doc:"host: have the host's users."`
	Cgroupns       string            `raddeploy:"cgroupns" guarded:"true" enum:"private|host" doc:"The namespace of control groups."`
	CgroupParent   string            `raddeploy:"cgroup_parent" guarded:"true" doc:"The control group that the container's is made in."`
	SecurityOpt    []string          `raddeploy:"security_opt" guarded:"true" doc:"Options of security modules, such as seccomp=unconfined."`
	Sysctls        map[string]string `raddeploy:"sysctls" guarded:"true" doc:"Kernel parameters of the container's namespaces."`
	Runtime        string            `raddeploy:"runtime" guarded:"true" doc:"The engine's runtime, such as nvidia or runsc."`
	OOMKillDisable bool              `raddeploy:"oom_kill_disable" guarded:"true" doc:"Let the container hang instead of being killed when its memory is used up."`
	OOMScoreAdj    int               `raddeploy:"oom_score_adj" guarded:"true" doc:"The kernel's preference for killing it, from -1000 to 1000."`
	StorageOpt     map[string]string `raddeploy:"storage_opt" guarded:"true" doc:"Options of the storage driver, such as size."`

	// Words that concern the container alone.

	CapDrop    []string         `raddeploy:"cap_drop" doc:"Kernel capabilities to take away, or ALL."`
	Ulimits    []map[string]any `raddeploy:"ulimits" doc:"Limits such as {name: nofile, soft: 1024, hard: 4096}."`
	ExtraHosts any              `raddeploy:"extra_hosts" doc:"Further lines of /etc/hosts: a map of name to address, or a list of NAME:ADDRESS."`
	DNS        []string         `raddeploy:"dns" doc:"Name servers."`
	DNSOpt     []string         `raddeploy:"dns_opt" doc:"Options for resolv.conf."`
	DNSSearch  []string         `raddeploy:"dns_search" doc:"Domains that short names are searched in."`
	Tmpfs      any              `raddeploy:"tmpfs" doc:"Folders in memory: a map of path to options such as size=1g, or a list of paths."`
	Init       *bool            `raddeploy:"init" doc:"Run a small init as process 1, which passes signals on and reaps children."`
	ReadOnly   bool             `raddeploy:"read_only" doc:"Make the image's files read-only; mounts stay as they are."`
	GroupAdd   []string         `raddeploy:"group_add" doc:"Further groups of the process."`
	Hostname   string           `raddeploy:"hostname" doc:"The container's host name."`
	Domainname string           `raddeploy:"domainname" doc:"The container's domain."`
	StopSignal string           `raddeploy:"stop_signal" doc:"The signal that asks the process to end, instead of the image's."`
	CPUSetMems string           `raddeploy:"cpuset_mems" doc:"Memory nodes, such as 0-1."`
	BlkioWgt   int              `raddeploy:"blkio_weight" doc:"Weight of block I/O, from 10 to 1000."`
	PIDsLimit  int64            `raddeploy:"pids_limit" doc:"How many processes there may be."`
}
