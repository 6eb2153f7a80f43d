package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// askEvery is how often the engine is asked about itself, and not only whether
// it answers.
const askEvery = 30 * time.Second

// looked is what was told of the engine last.
type looked struct {
	sync.Mutex
	at  time.Time
	now sdk.Fingerprint
}

// Look implements [engine.Engine].
func (b *backend) Look(ctx context.Context) sdk.Fingerprint {
	b.looked.Lock()
	defer b.looked.Unlock()
	if err := b.ping(ctx); err != nil {
		b.looked.at = time.Time{}
		return b.unwell(err)
	}
	if time.Since(b.looked.at) > askEvery {
		info, err := b.refresh(ctx)
		if err != nil {
			return b.unwell(err)
		}
		b.looked.now, b.looked.at = b.well(info), time.Now()
	}
	return b.looked.now
}

func (b *backend) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	return b.api.Ping(ctx)
}

// well says what an engine is like that answers.
func (b *backend) well(info api.Info) sdk.Fingerprint {
	return sdk.Fingerprint{
		Health: sdk.Healthy, Backend: "docker " + info.Version, Local: b.api.OnThisHost(), GPUs: b.devices(info),
		Attributes: map[string]string{
			"api": info.API, "host": info.Name, "storage": info.StorageDriver, "cgroup": "v" + strings.TrimPrefix(info.CgroupVersion, "v"),
			"os": info.OS, "kernel": info.Kernel, "cpus": strconv.Itoa(info.CPUs), "memory": sdk.Size(info.Memory).String(),
			"cdi": strconv.FormatBool(len(info.CDISpecDirs) > 0),
		},
	}
}

// unwell says what is wrong with an engine that does not answer, and what to do.
func (b *backend) unwell(err error) sdk.Fingerprint {
	out := sdk.Fingerprint{Health: sdk.Unhealthy, Backend: "docker", Local: b.api.OnThisHost()}
	at := b.config.Endpoint
	_, missing := os.Stat(b.api.Socket())
	switch {
	case b.api.OnThisHost() && errors.Is(missing, fs.ErrNotExist):
		out.Health, out.Message = sdk.Undetected, fmt.Sprintf("there is no docker at %s: install and start it, or set endpoint", at)
	case errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied"):
		out.Health = sdk.Undetected
		out.Message = fmt.Sprintf("docker at %s may not be used: run the agent as root, or add its user to the group docker", at)
	case api.IsUnreachable(err):
		out.Message = fmt.Sprintf("docker at %s does not answer: start it, and see its log if it ends again", at)
	default:
		out.Message = fmt.Sprintf("docker at %s answers with an error: %s", at, api.Message(err))
	}
	return out
}
