package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
)

// A real cluster without accounting is not asked for accounts. One with them is
// stood for by commands that print what Slurm's do.
func TestAccounted(t *testing.T) {
	t.Parallel()
	if _, found, err := (&Cluster{Conf: clustertest.New(t, 1).Conf}).Accounted(t.Context(), "7"); found || err != nil {
		t.Errorf("without accounting: %v, %v", found, err)
	}
	bin := t.TempDir()
	for name, text := range map[string]string{
		"sbatch": "", "squeue": "", "scancel": "", "sinfo": "",
		"scontrol": "echo 'AccountingStorageHost   = localhost'; echo 'AccountingStorageType   = accounting_storage/slurmdbd'",
		"sacct": `case "$*" in
*--jobs=7\ *) printf '7\037RUNNING\037n1\037raddeploy-x\n7\037NODE_FAIL\037n2\037raddeploy-x\n' ;;
*--jobs=8\ *) printf '8\037CANCELLED by 1000\037None assigned\037raddeploy-y\n' ;;
*--jobs=9\ *) echo "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection" >&2; exit 1 ;;
esac`,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := &Cluster{Bin: bin}
	if j, found, err := c.Accounted(t.Context(), "7"); !found || err != nil || j != (Job{ID: "7", State: "NODE_FAIL", Nodes: "n2", Name: "raddeploy-x"}) {
		t.Errorf("a job that was started twice: %+v, %v, %v", j, found, err)
	}
	if j, found, err := c.Accounted(t.Context(), "8"); !found || err != nil || j.State != "CANCELLED by 1000" || j.Nodes != "" {
		t.Errorf("a job that never ran: %+v, %v, %v", j, found, err)
	}
	if _, found, err := c.Accounted(t.Context(), "10"); found || err != nil {
		t.Errorf("a job that nobody knows: %v, %v", found, err)
	}
	if _, found, err := c.Accounted(t.Context(), "9"); found || err == nil || IsRefused(err) || !strings.Contains(err.Error(), "persistent connection") {
		t.Errorf("accounts that are away: %v, %v", found, err)
	}
}
