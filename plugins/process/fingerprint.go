package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/plugins/process/internal/shim"
	"github.com/raddeploy/raddeploy/sdk"
	"golang.org/x/sys/unix"
)

// Fingerprint tries, now and every minute, whether a root can be built here.
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	var last sdk.Fingerprint
	for {
		if now := e.look(ctx); ctx.Err() == nil && !reflect.DeepEqual(now, last) {
			if err := emit(now); err != nil {
				return err
			}
			last = now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func (e *Executor) look(ctx context.Context) sdk.Fingerprint {
	var name unix.Utsname
	_ = unix.Uname(&name)
	print := sdk.Fingerprint{
		Health:     sdk.Healthy,
		Backend:    "linux " + unix.ByteSliceToString(name.Release[:]),
		Local:      true,
		GPUs:       gpus(),
		Attributes: map[string]string{"privileges": "root", "limits": "cgroup v2"},
	}
	if !shim.Privileged() {
		print.Attributes["privileges"] = "user namespace"
	}
	if e.unlimited() != nil {
		print.Attributes["limits"] = "none"
	}
	if err := e.try(ctx); err != nil {
		print.Health = sdk.Undetected
		print.Message = fmt.Sprintf("tasks cannot be run on this host: %v; %s", err, e.hint(err))
	}
	return print
}

// trial is what the names of folders begin with in which the host is tried.
// They are no attempts' ids.
const trial = ".try-"

// try builds a root for no command. Nothing less tells whether the kernel lets
// us: each of a dozen settings can forbid a part of it.
func (e *Executor) try(ctx context.Context) error {
	if err := os.MkdirAll(e.site.WorkDir, 0o700); err != nil {
		return err
	}
	path, err := os.MkdirTemp(e.site.WorkDir, trial)
	if err != nil {
		return err
	}
	defer os.RemoveAll(path)
	folder, err := attempt.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	plan := &shim.Plan{Dir: "/", Scratch: filepath.Join(path, "process"), Unprivileged: !shim.Privileged(), Show: programs}
	if err := folder.Replace(attempt.TaskFile, plan); err != nil {
		return err
	}
	if err := shim.Launch(path, plan); err != nil {
		return err
	}
	status, err := folder.Status()
	if err != nil {
		return err
	}
	if err := status.Process.Wait(ctx); err != nil {
		return err
	}
	if status, err = folder.Status(); err != nil {
		return err
	}
	if !status.Exit.Succeeded() {
		return errors.New(status.Exit.Message)
	}
	return nil
}

// hint says what to do where namespaces are forbidden. The kernel only says
// that they are, so it is the settings that tell.
func (e *Executor) hint(err error) string {
	is := func(errnos ...syscall.Errno) bool { // the shim's own errors come as text
		return slices.ContainsFunc(errnos, func(errno syscall.Errno) bool { return strings.Contains(err.Error(), errno.Error()) })
	}
	setting := func(name string) string {
		data, _ := os.ReadFile(filepath.Join("/proc/sys", name))
		return strings.TrimSpace(string(data))
	}
	switch {
	case is(syscall.ENOSYS):
		return "it needs Linux 5.12 or newer, with namespaces"
	case !is(syscall.EPERM, syscall.EACCES, syscall.ENOSPC):
		// ENOSPC also means too many namespaces
		return "see to that and the next try will do"
	case shim.Privileged():
		return "inside a container it needs the right to make mounts (docker run --privileged)"
	case setting("user/max_user_namespaces") == "0":
		return "allow user namespaces: sysctl -w user.max_user_namespaces=15000, or run the agent as root"
	case setting("kernel/unprivileged_userns_clone") == "0":
		return "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1, or run the agent as root"
	case setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor forbids user namespaces to this program: give it a profile with `userns,`, or " +
			"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run the agent as root"
	default:
		return "it needs root or unprivileged user namespaces, which a container or a security module forbids here; " +
			"use another executor, or run the agent as root on the host"
	}
}

// gpus asks NVIDIA's driver, which needs none of its tools.
func gpus() (devices []sdk.Device) {
	files, _ := filepath.Glob("/proc/driver/nvidia/gpus/*/information")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var device sdk.Device
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			switch value = strings.TrimSpace(value); name {
			case "GPU UUID":
				device.UUID = value
			case "Device Minor":
				device.Index = value
			}
		}
		devices = append(devices, device)
	}
	return devices
}
