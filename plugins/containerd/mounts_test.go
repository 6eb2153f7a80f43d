package containerd

import (
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
)

func TestManyFiles(t *testing.T) { sitetest.ManyFiles(t, containerd.Bare, 10000, 7777) }

func TestReadOnlyContainer(t *testing.T) {
	sitetest.ReadOnlyContainer(t, containerd.Bare, &Options{ReadOnly: true})
}
