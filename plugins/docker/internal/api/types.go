package api

import (
	"github.com/docker/docker/api/types/blkiodev"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/strslice"
	"github.com/docker/go-connections/nat"
)

// The words of the engine's API for making a container, under this package's name.
type (
	Config         = container.Config
	HostConfig     = container.HostConfig
	Resources      = container.Resources
	LogConfig      = container.LogConfig
	DeviceMapping  = container.DeviceMapping
	DeviceRequest  = container.DeviceRequest
	Ulimit         = container.Ulimit
	ThrottleDevice = blkiodev.ThrottleDevice
	Mount          = mount.Mount
	VolumeOptions  = mount.VolumeOptions
	VolumeDriver   = mount.Driver
	Words          = strslice.StrSlice
	PortSet        = nat.PortSet
	PortMap        = nat.PortMap
	Port           = nat.Port
	PortBinding    = nat.PortBinding
	NetworkMode    = container.NetworkMode
	IpcMode        = container.IpcMode
	PidMode        = container.PidMode
	UTSMode        = container.UTSMode
	UsernsMode     = container.UsernsMode
	CgroupnsMode   = container.CgroupnsMode
)

// The kinds of mounts.
const (
	BindMount   = mount.TypeBind
	VolumeMount = mount.TypeVolume
)
