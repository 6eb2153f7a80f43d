package agent

import (
	"context"

	"github.com/raddeploy/raddeploy/core/notify"
)

// newNotifier makes what tells people.
func (a *Agent) newNotifier() *notify.Notifier {
	n := notify.New()
	n.Store, n.Site, n.Logger = a.DB, a.Site.Site, a.logger.Named("notify")
	n.Executor = func(name string) string {
		for _, e := range a.Fleet.Statuses() {
			if e.Instance == name {
				return e.Message
			}
		}
		return ""
	}
	n.Disk = func(ctx context.Context) (free uint64, days int, known bool, err error) {
		overview, err := a.answers.Overview(ctx)
		days, known = overview.Disk.WhenFull()
		return overview.Disk.Free, days, known, err
	}
	return n
}

// notifyBlocks are the names of the site's.
func (a *Agent) notifyBlocks() (names []string) {
	for _, block := range a.Site.Site().Notify {
		names = append(names, block.Name)
	}
	return names
}
