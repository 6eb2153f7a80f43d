package clustertest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	database   = "mariadbd"
	accountant = "slurmdbd"
)

// Account is the account of a cluster with accounting, to which the user of the
// test belongs.
const Account = "radiology"

// WithAccounts starts a cluster as [New] does, with accounting: a slurmdbd and
// a database of its own. Only users with an account may submit jobs, and limits
// hold.
func WithAccounts(t testing.TB, n int, lines ...string) *Cluster {
	t.Helper()
	c := prepare(t, "mariadbd", "slurmdbd", "sacctmgr")
	free := ports(t, 2)
	c.startDatabase(free[0])
	conf := fmt.Sprintf(accounting, free[1], free[0], c.Dir)
	if err := os.WriteFile(filepath.Join(c.Dir, "slurmdbd.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	lines = append([]string{
		"AccountingStorageType=accounting_storage/slurmdbd", "AccountingStorageHost=127.0.0.1", fmt.Sprintf("AccountingStoragePort=%d", free[1]),
		"AccountingStorageEnforce=associations,limits,qos",
	}, lines...)
	c.write(ports(t, 1), lines) // sacctmgr reads where slurmdbd listens
	c.startAccounts()
	c.Manage("add", "cluster", "test")
	c.Manage("add", "account", Account, "Description=tests", "Organization=tests")
	c.Manage("add", "user", "Name=root", "Account="+Account, "Cluster=test")
	c.begin(n, lines)
	return c
}

const accounting = `AuthType=auth/munge
DbdAddr=127.0.0.1
DbdHost=localhost
DbdPort=%[1]d
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=%[2]d
StorageUser=root
StorageLoc=slurm
PidFile=%[3]s/slurmdbd.pid
`

// startDatabase starts a database that is open to all on this machine, and ends
// with the test.
func (c *Cluster) startDatabase(port int) {
	c.t.Helper()
	data := filepath.Join(c.Dir, "database")
	if err := os.Mkdir(data, 0o755); err != nil {
		c.t.Fatal(err)
	}
	// slurmdbd keeps procedures, for which the database needs tables of its own.
	tables, err := os.ReadFile("/usr/share/mysql/mysql_system_tables.sql")
	if err != nil {
		c.t.Fatal(err)
	}
	boot := exec.Command("mariadbd", "--no-defaults", "--bootstrap", "--user=root", "--datadir="+data, "--innodb-log-file-size=4M")
	boot.Stdin = strings.NewReader("CREATE DATABASE mysql;\nUSE mysql;\n" + string(tables))
	if out, err := boot.CombinedOutput(); err != nil {
		c.t.Fatalf("mariadbd --bootstrap: %v: %s", err, out)
	}
	c.start(database, "mariadbd", "--no-defaults", "--user=root", "--skip-grant-tables", "--datadir="+data, "--socket="+filepath.Join(c.Dir, "database.sock"),
		"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", port), "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=4M")
	c.Wait("the database answers", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// startAccounts starts slurmdbd and waits until it answers.
func (c *Cluster) startAccounts() {
	c.t.Helper()
	c.start(accountant, "slurmdbd", "-D")
	c.Wait("slurmdbd answers", func() bool { return c.Command("sacctmgr", "--noheader", "list", "cluster").Run() == nil })
}

// Manage changes accounts as sacctmgr does, which waits until the controller
// knows it.
func (c *Cluster) Manage(args ...string) {
	c.t.Helper()
	if out, err := c.Command("sacctmgr", append([]string{"--immediate"}, args...)...).CombinedOutput(); err != nil {
		c.t.Fatalf("sacctmgr %s: %v: %s", strings.Join(args, " "), err, out)
	}
}
